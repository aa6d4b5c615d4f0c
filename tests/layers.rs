//! The layers of `docs/architecture.md`, enforced.
#[test]
fn placeholder() {}
