//! Joint pseudonyms under a key that nobody holds, single-owner pseudonyms, and counts of shared customers.
