//! The fuzzing entry: no bytes make it panic, and what it accepts it accounts for.

use flate2::{Compression, write::GzEncoder};
use guildhall_data::decode;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use std::io::Write;
use std::time::Instant;

const CLEAN: &str =
    "member,day,amount,count,paid\na,2017-05-01,12.50,3,yes\n\"b\",2017-06,-0.07,,no\nx,2017-06,1,1,1\n";

#[test]
fn the_clean_files_pass() {
    for seed in [CLEAN.as_bytes().to_vec(), packed(), workbook()] {
        let import = decode(&seed).expect("clean");
        assert_eq!((import.rows_read, import.rows_kept, import.skipped[0].rows), (3, 2, 1));
    }
}

fn packed() -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(CLEAN.as_bytes()).expect("in memory");
    packed.finish().expect("in memory")
}

fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for (row, line) in CLEAN.lines().enumerate() {
        for (column, text) in line.split(',').enumerate() {
            let (row, column, text) = (row as u32, column as u16, text.trim_matches('"'));
            if text.is_empty() {
                continue;
            }
            match (row, column) {
                (1.., 1) => {
                    let day = ExcelDateTime::from_ymd(2017, 5, 9).expect("a day");
                    page.write_with_format(row, column, &day, &date).expect("in memory");
                }
                (1.., 2 | 3) => {
                    page.write(row, column, text.parse::<f64>().expect("a number")).expect("in memory");
                }
                _ => {
                    page.write(row, column, text).expect("in memory");
                }
            }
        }
    }
    book.save_to_buffer().expect("in memory")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
        let _ = decode(&[b"PK\x03\x04".as_slice(), &bytes].concat());
        let _ = decode(&[&[0x1f, 0x8b, 8], bytes.as_slice()].concat());
    }

    #[test]
    fn edited_files(edits in prop::collection::vec((0usize..CLEAN.len(), any::<u8>()), 1..4)) {
        let mut bytes = CLEAN.as_bytes().to_vec();
        for (at, byte) in edits {
            bytes[at] = byte;
        }
        if let Ok(import) = decode(&bytes) {
            let skipped: u64 = import.skipped.iter().map(|s| s.rows).sum();
            prop_assert_eq!(import.rows_read, import.rows_kept + skipped);
        }
    }
}

/// A small generator, so that a run can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    fn spoil(&mut self, bytes: &mut Vec<u8>) {
        let interesting = b"\",\n\r;\0\t-.e'19\xff\xef =<>/&";
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes.insert(at, interesting[self.below(interesting.len())]),
                1 if bytes.len() > 1 => drop(bytes.remove(at)),
                2 => bytes[at] = self.below(256) as u8,
                3 => bytes.truncate(at + 1),
                4 => bytes[at] = b'0' + self.below(10) as u8,
                _ => bytes[at] = interesting[self.below(interesting.len())],
            }
        }
    }
}

pub(crate) type Part = (String, Vec<u8>);

/// The files inside a workbook, so that a checksum does not hide what is spoilt.
pub(crate) fn parts(book: &[u8]) -> Vec<Part> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(book)).expect("a workbook");
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut content = Vec::new();
        std::io::copy(&mut part, &mut content).expect("in memory");
        parts.push((name, content));
    }
    parts
}

pub(crate) fn zipped(parts: &[Part]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let plain = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in parts {
        archive.start_file(name.as_str(), plain).expect("in memory");
        archive.write_all(content).expect("in memory");
    }
    archive.finish().expect("in memory").into_inner()
}

/// A long run by hand: `GUILDHALL_FUZZ=1000000 cargo test -p guildhall-data -- --ignored campaign --nocapture`.
#[test]
#[ignore = "runs for minutes"]
fn campaign() {
    let runs: u64 = std::env::var("GUILDHALL_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let texts = [CLEAN.as_bytes().to_vec(), packed(), workbook()];
    let parts = parts(&workbook());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (start, mut accepted) = (Instant::now(), 0u64);
    for run in 0..runs {
        let bytes = match run % 4 {
            3 => {
                let mut parts = parts.clone();
                let chosen = random.below(parts.len());
                random.spoil(&mut parts[chosen].1);
                zipped(&parts)
            }
            kind => {
                let mut bytes = texts[kind as usize].clone();
                random.spoil(&mut bytes);
                bytes
            }
        };
        accepted += u64::from(decode(&bytes).is_ok());
    }
    println!("{runs} executions, {accepted} accepted, {:.0}/s", runs as f64 / start.elapsed().as_secs_f64());
}

/// A million rows by hand: `cargo test --release -p guildhall-data -- --ignored million --nocapture`.
#[test]
#[ignore = "a measurement"]
fn million() {
    use crate::support::{DATE, bytes, column, decimal, table, try_load};
    use guildhall_data::{Every, Extraction, Kind, KpiQuery, Outside, PeriodSpec, extract};
    let spec = table(vec![
        column("member", Kind::Text),
        column("day", DATE),
        column("amount", decimal(2)),
        column("n", Kind::Integer),
    ]);
    let mut content = String::from("member,day,amount,n,note\n");
    for row in 0..1_000_000u32 {
        let (member, month, cents) = (row % 997, row % 12 + 1, row % 100);
        content.push_str(&format!(
            "shop {member},2017-{month:02}-15,{}.{cents:02},{},\"a note, quoted\"\n",
            row % 1_000,
            row % 7
        ));
    }
    let start = Instant::now();
    let (engine, import) = try_load(&spec, &[bytes("big.csv", content)]).expect("loads");
    let loaded = start.elapsed();
    let kpi =
        KpiQuery { id: "k".into(), sql: "sum(amount * n)".into(), low: 0, high: 1 << 50, outside: Outside::Refuse };
    let period = PeriodSpec { column: "day".into(), every: Every::Month, from: None, to: None };
    let extraction =
        Extraction { member: "member".into(), name: None, attributes: vec![], period: Some(period), kpis: vec![kpi] };
    let extracted = extract(&engine, &spec, &extraction).expect("extracts");
    println!(
        "{} rows in {loaded:?}, {} members in {:?}",
        import.rows_kept,
        extracted.members.len(),
        start.elapsed() - loaded
    );
}
