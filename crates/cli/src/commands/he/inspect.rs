//! `guildhall he inspect`: what an encrypted file says it is.

use super::{At, keygen::hex, store};
use crate::Failure;
use crate::ui::Ui;
use clap::Args;
use guildhall_he::{UnverifiedFrame, check_file};
use serde_json::json;
use std::path::PathBuf;

/// Says what an encrypted file is: kind, poll, key, signer. Shows nothing secret; fails where a signature or a part of it
/// does not hold, or something follows it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall he inspect mine.upload
  guildhall he inspect me.key          prints the public key for a roster")]
pub(crate) struct Inspect {
    /// The file
    file: PathBuf,
}

impl Inspect {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let bytes = zeroize::Zeroizing::new(store::read(&self.file)?);
        let frame = UnverifiedFrame::read(&mut bytes.as_slice()).at(&self.file)?;
        check_file(&bytes).at(&self.file)?;
        let (binding, kind) = (frame.binding(), frame.kind());
        let set = binding.set.parameters();
        let weakest = set.estimate.iter().min().copied().unwrap_or_default();
        if ui.json() {
            let object = json!({
                "schema": "guildhall/he-inspect/v1",
                "ok": true,
                "kind": kind.name(),
                "secret": kind.is_secret(),
                "signature_holds": true,
                "signer": hex(&frame.signer()),
                "poll": hex(&binding.poll),
                "key": hex(&binding.key),
                "parameters": format!("{:?}", binding.set),
                "security_bits": f64::from(weakest) / 10.0,
                "slots": binding.slots,
                "value_bound": binding.bound,
                "body_bytes": frame.body_len(),
                "file_bytes": bytes.len(),
            });
            return ui.out(&format!("{object}\n"));
        }
        let secret = if kind.is_secret() { " (secret: keep it to yourself)" } else { "" };
        ui.out(&format!(
            "{}{secret}\nsignature  holds\nsigner     {}\npoll       {}\nkey        {}\nparameters {:?}, {:.1} bits, \
             {} slots used, values up to {}\nbytes      {}\n",
            kind.name(),
            hex(&frame.signer()),
            hex(&binding.poll),
            hex(&binding.key),
            binding.set,
            f64::from(weakest) / 10.0,
            binding.slots,
            binding.bound,
            bytes.len()
        ))
    }
}
