//! Values made unreadable: their shape, and nothing of their content.
//!
//! # Privacy
//! Whatever leaves the scanner about a value passes through here. Letters become `a` or `A`, digits `9`; only
//! punctuation stays. A shape is cut short, since the length of a long text can tell whose it is.

/// Longest shape shown.
const LONGEST: usize = 24;

/// The shape of a value.
pub(crate) fn shape(value: &str) -> String {
    let mut shape: String = value.trim().chars().take(LONGEST).map(mask).collect();
    if value.trim().chars().nth(LONGEST).is_some() {
        shape.push('…');
    }
    shape
}

fn mask(c: char) -> char {
    match c {
        c if c.is_numeric() => '9',
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        '@' | '.' | '-' | '/' | ':' | '(' | ')' | '+' | ',' | ' ' => c,
        c if c.is_whitespace() => ' ',
        _ => '*',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_content_stays() {
        assert_eq!(shape("José.Müller+1@Example.com"), "Aaaa.Aaaaaa+9@Aaaaaaa.aa…");
        assert_eq!(shape(" 12-34 \u{1b}x東 "), "99-99 *aa");
        assert_eq!(shape(""), "");
    }
}
