//! The k-anonymity family: models, risks, an optimal search and local recoding.
