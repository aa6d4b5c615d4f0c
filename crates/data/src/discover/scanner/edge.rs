//! Where a value may start and end in a text.
//!
//! Letters, digits and underscores that touch it make it part of a word; underscores that only mark emphasis (`_so_`) do
//! not, and neither does an equals sign as mails write it (`=3D`, RFC 2045).

/// An equals sign in quoted-printable text.
const EQUALS: &str = "=3D";

/// Whether a value may start at a place.
pub(super) fn opens(text: &str, at: usize) -> bool {
    let before = &text[..at];
    before.ends_with(EQUALS) || !before.trim_end_matches('_').ends_with(char::is_alphanumeric)
}

/// Whether a value may end at a place.
pub(super) fn closes(text: &str, at: usize) -> bool {
    !text[at..].trim_start_matches('_').starts_with(char::is_alphanumeric)
}

/// How many bytes at a place belong to an equals sign that was written out.
pub(super) fn written_equals(text: &str, at: usize) -> usize {
    if at > 0 && text.is_char_boundary(at - 1) && text[at - 1..].starts_with(EQUALS) { EQUALS.len() - 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_between_marks_and_in_words() {
        for (text, value) in
            [("_12_", "12"), ("a=3D12", "12"), ("__12__.", "12"), ("(12)", "12"), ("12", "12"), ("é 12 ", "12")]
        {
            let at = text.find(value).expect("there");
            assert!(opens(text, at) && closes(text, at + value.len()), "{text}");
        }
        for (text, value) in [("a_12", "12"), ("a12", "12"), ("3D12", "12"), ("é12", "12")] {
            assert!(!opens(text, text.find(value).expect("there")), "{text}");
        }
        assert!(!closes("12_a", 2) && !closes("12é", 2));
        assert_eq!((written_equals("x=3D1", 2), written_equals("x3D1", 1), written_equals("é=3D", 1)), (2, 0, 0));
    }
}
