use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn laws(records: &mut dyn Records) {
    assert_eq!(records.get("a").expect("readable"), None);
    assert_eq!(records.record_once("a", b"1").expect("free key"), Recorded::New);
    assert_eq!(records.record_once("a", b"1").expect("same value"), Recorded::Same);
    let conflict = records.record_once("a", b"2").expect_err("other value");
    assert!(matches!(&conflict, RecordError::Conflict { key } if key == "a"), "{conflict}");
    assert_eq!(records.get("a").expect("readable"), Some(b"1".to_vec()));

    let batch = |pairs: &[(&str, &[u8])]| pairs.iter().map(|(k, v)| ((*k).to_owned(), v.to_vec())).collect::<Vec<_>>();
    let mixed = records.record_all(&batch(&[("b/2", b"x"), ("a", b"1"), ("b/2", b"x")])).expect("no conflict");
    assert_eq!(mixed, [Recorded::New, Recorded::Same, Recorded::Same]);
    for bad in [[("c", b"1"), ("a", b"9")], [("c", b"1"), ("c", b"2")], [("c", b"1"), ("no space", b"1")]] {
        let bad: Vec<(&str, &[u8])> = bad.iter().map(|(k, v)| (*k, v.as_slice())).collect();
        assert!(records.record_all(&batch(&bad)).is_err());
        assert_eq!(records.get("c").expect("readable"), None, "all or none");
    }
    assert_eq!(records.record_all(&[]).expect("nothing to do"), []);

    records.record_once("b/1", b"").expect("an empty value is a value");
    records.record_once("b0", b"y").expect("free key");
    let listed = records.list("b/").expect("readable");
    assert_eq!(listed, batch(&[("b/1", b""), ("b/2", b"x")]));
    assert_eq!(records.list("").expect("readable").len(), 4);

    assert!(records.erase("b/2").expect("writable"));
    assert!(!records.erase("b/2").expect("writable"));
    assert!(!records.erase("never").expect("writable"));
    assert_eq!(records.get("b/2").expect("readable"), None);
    assert_eq!(records.list("b/").expect("readable").len(), 1);
    assert!(matches!(records.record_once("b/2", b"x"), Err(RecordError::Erased { .. })));

    let long = "x".repeat(513);
    for key in ["", "a b", "ä", "a\n", "\u{7f}", long.as_str()] {
        assert!(matches!(records.record_once(key, b"1"), Err(RecordError::Key { .. })), "{key:?}");
    }
    let big = vec![0; MAX_VALUE_BYTES + 1];
    assert!(matches!(records.record_once("big", &big), Err(RecordError::TooLong { .. })));
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a writable temporary folder")
}

#[test]
fn memory_keeps_the_laws() {
    laws(&mut MemoryRecords::new());
}

#[test]
fn sqlite_keeps_the_laws_and_its_records() {
    let folder = folder();
    let path = folder.path().join("records.db");
    laws(&mut SqliteRecords::open(&path).expect("a new file"));
    let reopened = SqliteRecords::open(&path).expect("its own file");
    assert_eq!(reopened.get("a").expect("readable"), Some(b"1".to_vec()));
    let names: Vec<_> = folder.path().read_dir().expect("readable").map(|f| f.expect("readable").file_name()).collect();
    assert_eq!(names, ["records.db"], "everything lives in one file");
}

#[test]
fn errors_do_not_contain_values() {
    let mut records = MemoryRecords::new();
    records.record_once("key", b"secret one").expect("free key");
    let conflict = records.record_once("key", b"secret two").expect_err("other value");
    assert!(!format!("{conflict} {conflict:?}").contains("secret"));
}

#[test]
fn newer_and_foreign_files_are_refused() {
    let folder = folder();
    let path = folder.path().join("records.db");
    drop(SqliteRecords::open(&path).expect("a new file"));
    let alter = |statement: &str| {
        rusqlite::Connection::open(&path).and_then(|database| database.execute_batch(statement)).expect("writable");
    };
    alter("PRAGMA user_version = 2");
    let newer = SqliteRecords::open(&path).expect_err("format 2");
    assert!(matches!(newer, RecordError::Newer { found: 2, supported: 1, .. }), "{newer}");
    alter("PRAGMA user_version = 1; PRAGMA application_id = 1");
    assert!(matches!(SqliteRecords::open(&path), Err(RecordError::NotRecords { .. })));
    alter("PRAGMA application_id = 0; PRAGMA user_version = 0");
    assert!(matches!(SqliteRecords::open(&path), Err(RecordError::NotRecords { .. })), "a foreign table");
    let emptied = folder.path().join("emptied");
    drop(SqliteRecords::open(&emptied).expect("a new one"));
    rusqlite::Connection::open(&emptied).expect("opens").execute_batch("DROP TABLE records").expect("dropped");
    assert!(matches!(SqliteRecords::open(&emptied), Err(RecordError::NotRecords { .. })), "the table is gone");
    assert!(matches!(SqliteRecords::open(folder.path()), Err(RecordError::File { .. })), "a folder");
    std::fs::write(&path, "not a database, but long enough to be read as the header of one ............")
        .expect("writable");
    assert!(matches!(SqliteRecords::open(&path), Err(RecordError::Damaged { .. })));
    assert!(matches!(SqliteRecords::open(folder.path().join("no/such/file")), Err(RecordError::File { .. })));
}

#[test]
fn files_that_cannot_be_made_durable_are_refused() {
    let folder = folder();
    let path = folder.path().join("records.db");
    drop(SqliteRecords::open(&path).expect("a new file"));
    let database = rusqlite::Connection::open(&path).expect("its own file");
    database.pragma_update(None, "journal_mode", "WAL").expect("a local disk");
    let refused = SqliteRecords::open(&path).expect_err("write-ahead log");
    assert!(matches!(refused, RecordError::NotDurable { setting: "journal_mode", .. }), "{refused}");
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = folder.path().join("records.db");
    drop(SqliteRecords::open(&path).expect("a new file"));
    let mode = path.metadata().expect("readable").permissions().mode();
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn erased_values_are_gone_from_the_file() {
    let folder = folder();
    let path = folder.path().join("records.db");
    let mut records = SqliteRecords::open(&path).expect("a new file");
    let needle = b"a secret that must not stay in the file";
    records.record_once("key", &needle.repeat(300)).expect("free key");
    let found = || std::fs::read(&path).expect("readable").windows(needle.len()).any(|part| part == needle);
    assert!(found());
    records.erase("key").expect("writable");
    assert!(!found());
}

#[test]
fn two_handles_see_one_truth() {
    let folder = folder();
    let path = folder.path().join("records.db");
    let mut first = SqliteRecords::open(&path).expect("a new file");
    let mut second = SqliteRecords::open(&path).expect("the same file");
    first.record_once("round/1", b"set A").expect("free key");
    assert!(matches!(second.record_once("round/1", b"set B"), Err(RecordError::Conflict { .. })));
    assert_eq!(second.record_once("round/1", b"set A").expect("same value"), Recorded::Same);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn sqlite_and_memory_agree(steps in prop::collection::vec(("[a-c]{1,2}", 0u8..3, any::<bool>()), 1..12)) {
        let folder = folder();
        let mut sqlite = SqliteRecords::open(folder.path().join("records.db")).expect("a new file");
        let mut memory = MemoryRecords::new();
        let mut first: BTreeMap<String, u8> = BTreeMap::new();
        for (key, value, erase) in steps {
            let both = |records: &mut dyn Records| match erase {
                true => records.erase(&key).map_err(|e| e.to_string()).map(|erased| if erased { 3 } else { 4 }),
                false => records.record_once(&key, &[value]).map_err(|e| e.to_string()).map(|r| r as u8),
            };
            let outcome = both(&mut memory);
            prop_assert_eq!(both(&mut sqlite), outcome);
            if !erase {
                first.entry(key.clone()).or_insert(value);
            }
            let stored = sqlite.get(&key).expect("readable");
            prop_assert!(stored.is_none() || stored == first.get(&key).map(|v| vec![*v]), "the first value stands");
        }
        prop_assert_eq!(sqlite.list("").expect("readable"), memory.list("").expect("readable"));
    }
}
