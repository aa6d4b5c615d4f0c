//! Metrics computed on ciphertexts: a linear layer with threshold decryption, and comparisons behind the feature tfhe.
