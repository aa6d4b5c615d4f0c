//! `guildhall explain [CODE]`.

use crate::ui::Ui;
use crate::{Failure, Problem, all_codes, explain, find_code};
use clap::Args;
use serde_json::json;

/// Explains an error code: what it means, why it is refused, how to mend it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  guildhall explain          list every code\n  guildhall explain S0401    explain one"
)]
pub(crate) struct Explain {
    /// The code, e.g. S0401; without it all codes are listed
    code: Option<String>,
}

impl Explain {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let Some(id) = self.code else { return list(ui) };
        let code = find_code(&id).ok_or_else(|| unknown(&id))?;
        if ui.json() {
            let object = json!({ "schema": "guildhall/explain/v1", "codes": [of(&code, true)] });
            return ui.out(&format!("{object}\n"));
        }
        ui.out(&explain::page(&code))
    }
}

fn list(ui: &Ui) -> Result<(), Failure> {
    if ui.json() {
        let codes: Vec<_> = all_codes().iter().map(|code| of(code, false)).collect();
        return ui.out(&format!("{}\n", json!({ "schema": "guildhall/explain/v1", "codes": codes })));
    }
    ui.out(&explain::index(all_codes()))
}

fn of(code: &crate::Code, with_text: bool) -> serde_json::Value {
    let mut object = json!({ "code": code.id, "exit": code.kind.exit(), "title": code.title });
    if with_text {
        object["text"] = code.text.as_ref().into();
    }
    object
}

fn unknown(id: &str) -> Failure {
    Problem::new("U0002", format!("there is no error code {id:?}"))
        .remedy("guildhall explain (lists every code)")
        .into()
}
