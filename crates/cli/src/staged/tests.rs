use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_appears_whole_private_and_packed_as_its_name_says() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["rows.csv", "rows.csv.gz"] {
        let target = folder.path().join(name);
        let mut staged = Staged::create(&target).expect("a new file");
        staged.write_all(b"a,b\n1,2\n").expect("written");
        assert!(!target.exists());
        let whole = staged.whole().expect("on the disk");
        let mut text = String::new();
        whole.reopen().expect("there").read_to_string(&mut text).expect("readable");
        assert_eq!(text, "a,b\n1,2\n", "{name}");
        whole.place().expect("placed");
        let bytes = fs::read(&target).expect("placed");
        assert_eq!(bytes.starts_with(&[0x1f, 0x8b]), name.ends_with(".gz"), "{name}");
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&target.metadata().expect("there").permissions()) & 0o777,
            0o600
        );
        assert_eq!(Staged::create(&target).err().map(|failure| failure.exit()), Some(8));
    }
    assert_eq!(names(folder.path()), ["rows.csv", "rows.csv.gz"]);
}

#[test]
fn what_a_killed_run_left_is_taken_away_and_what_another_one_is_writing_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let left = folder.path().join(".old.csv.guildhall-part");
    fs::write(&left, "clear").expect("written");
    let going = folder.path().join(".rows.csv.guildhall-part");
    fs::write(&going, "clear").expect("written");
    let held = File::open(&going).expect("there");
    held.try_lock().expect("free");
    let target = folder.path().join("rows.csv");
    let refused = Staged::create(&target).err().expect("another one writes it");
    assert_eq!(refused.exit(), 75, "{refused}");
    assert!(!left.exists() && going.exists());
    drop(held);
    let staged = Staged::create(&target).expect("nobody writes it now");
    assert_eq!(fs::metadata(&going).expect("its own").len(), 0);
    drop(staged);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn another_file_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("rows.csv");
    let staged = Staged::create(&target).expect("a new file");
    fs::write(&target, "theirs").expect("written");
    let refused = staged.whole().expect("on the disk").place();
    assert_eq!(refused.err().map(|failure| failure.exit()), Some(8));
    assert_eq!(fs::read_to_string(&target).expect("there"), "theirs");
    assert_eq!(names(folder.path()), ["rows.csv"]);
}

#[test]
fn what_is_no_plain_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(check_plain(folder.path()).err().map(|failure| failure.exit()), Some(1));
    assert_eq!(check_plain(&folder.path().join("none")).err().map(|failure| failure.exit()), Some(1));
}
