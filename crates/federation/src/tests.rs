//! Tests of the roles together; attacks are in their own files.

mod fixtures;
mod rounds;
