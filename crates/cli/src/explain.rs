//! Renders the explanation of an error code.

use crate::Code;

/// The page of one code, ready to print.
pub(crate) fn page(code: &Code) -> String {
    let bold = anstyle::Style::new().bold();
    format!("{bold}{}: {}{bold:#}\nExit code {}.\n\n{}\n", code.id, code.title, code.kind.exit(), code.text)
}

/// The list of all codes, one a line.
pub(crate) fn index(codes: &[Code]) -> String {
    codes.iter().map(|code| format!("{}  {}\n", code.id, code.title)).collect()
}
