//! `guildhall he encrypt`: answers of a table become one signed upload.

use super::{At, file::PollFile, keygen::hex, rows::Rows, store};
use crate::ui::Ui;
use crate::{Failure, Problem, round};
use clap::Args;
use guildhall_data::{Input, Limits, load};
use guildhall_he::{Binding, Encryptor, HeError, Identity, Mode, Packing, PublicKey, Row, SecretKey, UploadBuilder};
use serde_json::json;
use std::path::PathBuf;

/// Encrypts answers.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall he encrypt poll.toml --key public.key --data mine.csv --identity me.key --out mine.upload --dry-run
  guildhall he encrypt poll.toml --key public.key --data mine.csv --identity me.key --out mine.upload")]
pub(crate) struct Encrypt {
    /// The poll file
    poll: PathBuf,
    /// The public key, or where the owner encrypts, the secret key
    #[arg(long)]
    key: PathBuf,
    /// Id of the key, obtained by another way than the key itself
    #[arg(long)]
    fingerprint: Option<String>,
    /// The answers: CSV (also .gz) or XLSX
    #[arg(long, required = true, num_args = 1..)]
    data: Vec<PathBuf>,
    /// Your signing key: secret, made if it is not there
    #[arg(long)]
    identity: PathBuf,
    /// Where to write the upload
    #[arg(long)]
    out: PathBuf,
    /// Show what would leave this machine, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Rehearse a poll: every row becomes an upload signed by a throwaway key, as that many respondents would send
    #[arg(long, conflicts_with = "dry_run")]
    rehearse_respondents: bool,
}

enum AnyKey {
    Public(PublicKey),
    Secret(SecretKey),
}

impl AnyKey {
    const fn binding(&self) -> &Binding {
        match self {
            Self::Public(key) => key.binding(),
            Self::Secret(key) => key.binding(),
        }
    }

    fn encryptor<'k>(&'k self, file: &'k PollFile) -> Result<Encryptor<'k>, HeError> {
        match self {
            Self::Public(key) => Encryptor::public(&file.plan, key),
            Self::Secret(key) => Encryptor::secret(&file.plan, key),
        }
    }
}

impl Encrypt {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let file = PollFile::read(&self.poll)?;
        let key = self.key(&file)?;
        if self.fingerprint.is_none() {
            let id = hex(&key.binding().key);
            ui.note(&format!(
                "key {id}: compare it with what its maker says by another way, or give it as --fingerprint"
            ));
        }
        if self.dry_run {
            return self.preview(ui, &file, &key);
        }
        let (identity, new) = store::identity(&self.identity)?;
        if new {
            ui.note(&format!(
                "made {} (keep it to yourself); its public key: {}",
                self.identity.display(),
                hex(&identity.public())
            ));
        }
        let (upload, answers) =
            if self.rehearse_respondents { self.rehearsed(&file, &key)? } else { self.whole(&file, &key, &identity)? };
        store::write(&self.out, &upload)?;
        ui.note(&format!("wrote {}: nothing in it can be read without the key", self.out.display()));
        self.result(ui, &file, key.binding(), answers, upload.len() as u64, false)
    }

    fn key(&self, file: &PollFile) -> Result<AnyKey, Failure> {
        let pinned = self.fingerprint.as_deref().map(fingerprint).transpose()?;
        let key = match file.poll.mode {
            Mode::Owner => AnyKey::Secret(SecretKey::decode(&store::read_secret(&self.key)?).at(&self.key)?),
            _ => {
                AnyKey::Public(PublicKey::decode(&store::read(&self.key)?, &file.poll, pinned.as_ref()).at(&self.key)?)
            }
        };
        let binding = key.binding();
        if binding.poll != file.poll.digest() || pinned.is_some_and(|pinned| pinned != binding.key) {
            return Err(super::failure(&self.key, &HeError::Mismatch { what: "the key", other: "poll or key" }));
        }
        Ok(key)
    }

    fn whole(&self, file: &PollFile, key: &AnyKey, identity: &Identity) -> Result<(Vec<u8>, u64), Failure> {
        let encryptor = key.encryptor(file).at(&self.key)?;
        let mut builder = UploadBuilder::new(&file.poll, &file.plan, encryptor, key.binding());
        self.each(file, |row| builder.push(row))?;
        let answers = builder.answers();
        Ok((builder.finish(identity).at(&self.out)?, answers))
    }

    fn rehearsed(&self, file: &PollFile, key: &AnyKey) -> Result<(Vec<u8>, u64), Failure> {
        let (mut all, mut answers) = (Vec::new(), 0);
        self.each(file, |row| {
            let mut builder = UploadBuilder::new(&file.poll, &file.plan, key.encryptor(file)?, key.binding());
            builder.push(row)?;
            all.extend(builder.finish(&Identity::generate()?)?);
            answers += 1;
            Ok(())
        })?;
        Ok((all, answers))
    }

    /// Loads the table and hands every row on.
    fn each(&self, file: &PollFile, take: impl FnMut(&Row) -> Result<(), HeError>) -> Result<(), Failure> {
        let inputs: Vec<Input> = self.data.iter().map(|path| Input::Path(path.clone())).collect();
        let mut rows = Rows::new(file, take);
        let loaded = load(&file.table, &inputs, &Limits::default(), &mut rows);
        match (rows.error, loaded) {
            (Some((error, place)), _) => Err(super::problem(&error).at(place).into()),
            (None, loaded) => loaded.map(|_| ()).map_err(round::data_failure),
        }
    }

    /// What would leave: counts, sizes and, for the owner's eyes, the sums this upload would add.
    fn preview(&self, ui: &Ui, file: &PollFile, key: &AnyKey) -> Result<(), Failure> {
        let mut sums = vec![0i64; file.plan.layout.outputs.len()];
        let mut answers = 0u64;
        self.each(file, |row| {
            answers += 1;
            let values = file.poll.encode(&file.plan.layout, answers, row)?;
            for (sum, output) in sums.iter_mut().zip(&file.plan.layout.outputs) {
                let of = |(field, weight): &(usize, i64)| {
                    values.iter().filter(|(at, _)| at == field).map(|(_, value)| value * weight).sum::<i64>()
                };
                *sum += output.terms.iter().map(of).sum::<i64>();
            }
            Ok(())
        })?;
        if file.poll.packing == Packing::One && answers > 1 {
            let problem =
                Problem::new("S0642", format!("the table holds {answers} answers, but each encrypts alone here"));
            return Err(problem.remedy("give one row, or rehearse with --rehearse-respondents").into());
        }
        let encryptor = key.encryptor(file).at(&self.key)?;
        let ciphertexts = answers.div_ceil(file.plan.per_ciphertext.max(1) as u64);
        let bytes = ciphertexts * encryptor.ciphertext_len() as u64;
        ui.note("nothing was written; what would leave this machine, readable by everybody:");
        ui.note("  your public signing key, the poll's and the key's id, how many answers there are");
        ui.note("encrypted, readable only as part of a sum (shown here for your eyes only):");
        for (output, sum) in file.plan.layout.outputs.iter().zip(&sums) {
            ui.note(&format!("  {}: {sum}", super::result::output_name(file, output)));
        }
        self.result(ui, file, key.binding(), answers, bytes, true)
    }

    fn result(
        &self,
        ui: &Ui,
        file: &PollFile,
        binding: &Binding,
        answers: u64,
        bytes: u64,
        dry_run: bool,
    ) -> Result<(), Failure> {
        if ui.json() {
            let object = json!({
                "schema": "guildhall/he-encrypt/v1",
                "ok": true,
                "poll": file.poll.id,
                "key": hex(&binding.key),
                "answers": answers,
                "bytes": bytes,
                "dry_run": dry_run,
            });
            return ui.out(&format!("{object}\n"));
        }
        ui.out(&format!("{answers} answers, {bytes} bytes\n"))
    }
}

/// Reads 64 hexadecimal digits.
pub(super) fn fingerprint(text: &str) -> Result<[u8; 32], Failure> {
    let digits: Vec<u8> =
        text.chars().filter(|c| !c.is_whitespace()).filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    let bytes: Vec<u8> =
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    let right = digits.len() == 64 && text.chars().filter(|c| !c.is_whitespace()).count() == 64;
    bytes.try_into().ok().filter(|_| right).ok_or_else(|| {
        let problem = Problem::new("U0042", "this is not a key of 64 hexadecimal digits");
        problem.remedy("copy it as `guildhall he keygen` or `he inspect` printed it").into()
    })
}
