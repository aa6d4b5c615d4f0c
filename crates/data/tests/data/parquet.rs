//! Parquet files: types against the study, the same figures in place and row by row, damage, and change.

use crate::support::{DATE, column, decimal, nullable, table};
use crate::twin::Recorder;
use datafusion::arrow::array as arrays;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::arrow::ArrowWriter;
use guildhall_data::{
    Engine, Error, Extraction, Import, Input, Kind, KpiQuery, Limits, Outside, Problem, SkipRule, SkipTest,
    SqliteEngine, Storage, TableSpec, extract, load,
};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

fn bytes_of(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).expect("fits");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    bytes
}

fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// What a load and an extraction came to: the account, and every member's figures; or the problems.
type Whole = Result<(Import, Vec<(String, Vec<Option<i64>>)>), String>;

fn whole(spec: &TableSpec, input: &Input, engine: &mut dyn Engine, kpis: &[&str]) -> Whole {
    let shown = |error: Error| error.to_string();
    let import = load(spec, std::slice::from_ref(input), &Limits::default(), engine).map_err(shown)?;
    let kpi = |(index, sql): (usize, &&str)| KpiQuery {
        id: format!("k{index}"),
        sql: (*sql).into(),
        low: i64::MIN,
        high: i64::MAX,
        outside: Outside::Refuse,
    };
    let kpis = kpis.iter().enumerate().map(kpi).collect();
    let wanted = Extraction { member: "member".into(), name: None, attributes: vec![], period: None, kpis };
    let extracted = extract(&*engine, spec, &wanted).map_err(shown)?;
    let figures = extracted.members.into_iter().map(|m| (m.id.clone(), m.expose_figures().to_vec())).collect();
    Ok((import, figures))
}

fn sqlite() -> SqliteEngine {
    SqliteEngine::new(Storage::Memory).expect("memory")
}

/// The file on SQLite row by row, on DataFusion in place, and from memory; returns whether it was read in place.
fn everywhere(spec: &TableSpec, path: &Path, kpis: &[&str]) -> (Whole, bool) {
    let input = Input::from(path);
    let (rows, mut recorder) = (whole(spec, &input, &mut sqlite(), kpis), Recorder::new());
    assert_eq!(whole(spec, &input, &mut recorder, kpis), rows, "in place and row by row");
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let memory = Input::Bytes { name, bytes: std::fs::read(path).expect("read") };
    let mut other = Recorder::new();
    assert_eq!(whole(spec, &memory, &mut other, kpis), rows, "from memory and row by row");
    assert_eq!(other.files, 0);
    assert!(recorder.files == 0 || recorder.rows == 0, "never both");
    (rows, recorder.files == 1)
}

fn members() -> ArrayRef {
    Arc::new(arrays::StringArray::from(vec!["b", "a", "b"]))
}

#[test]
fn every_type_that_fits_is_read_exactly() {
    let folder = folder();
    let cents = |values: Vec<i128>, precision, scale| -> ArrayRef {
        Arc::new(arrays::Decimal128Array::from(values).with_precision_and_scale(precision, scale).expect("fits"))
    };
    let amounts: Vec<(&str, ArrayRef)> = vec![
        ("decimal(9,2)", cents(vec![1_250, -5, 725], 9, 2)),
        ("decimal(18,1)", cents(vec![125, 0, 70], 18, 1)),
        ("decimal(30,2)", cents(vec![1_250, 1 << 61, 725], 30, 2)),
        ("decimal(18,4), two used", cents(vec![125_000, -500, 72_500], 18, 4)),
        ("int32", Arc::new(arrays::Int32Array::from(vec![12, -5, i32::MAX]))),
        ("uint8", Arc::new(arrays::UInt8Array::from(vec![12, 255, 0]))),
        ("int64", Arc::new(arrays::Int64Array::from(vec![12, -5, 1 << 50]))),
        ("double", Arc::new(arrays::Float64Array::from(vec![12.5, 0.1 + 0.2, -7.25]))),
        ("float", Arc::new(arrays::Float32Array::from(vec![12.5, 0.1, -7.25]))),
    ];
    let spec = table(vec![column("member", Kind::Text), column("amount", decimal(2))]);
    let want = [
        [725 + 1_250, -5],
        [1_950, 0],
        [1_975, 1 << 61],
        [1_975, -5],
        [(i64::from(i32::MAX) + 12) * 100, -500],
        [1_200, 25_500],
        [((1 << 50) + 12) * 100, -500],
        [525, 30],
        [525, 10],
    ];
    for ((name, amount), [b, a]) in amounts.into_iter().zip(want) {
        let path = file(&folder, "amounts.parquet", &bytes_of(vec![("amount", amount), ("member", members())]));
        let (outcome, in_place) = everywhere(&spec, &path, &["sum(amount)"]);
        let figures = outcome.unwrap_or_else(|error| panic!("{name}: {error}")).1;
        assert_eq!(figures, [("a".into(), vec![Some(a)]), ("b".into(), vec![Some(b)])], "{name}");
        assert!(in_place, "{name}");
    }
}

#[test]
fn dates_and_truth_are_read_as_from_any_file() {
    let folder = folder();
    let days: Vec<(ArrayRef, [i64; 2])> = vec![
        (Arc::new(arrays::Date32Array::from(vec![16_860, 16_861, 17_000])), [1, 1]),
        (Arc::new(arrays::StringArray::from(vec!["2016-02-29", "2016-03-01", "2016-07-18"])), [1, 1]),
        (Arc::new(arrays::StringArray::from(vec!["2016-02-29 10:00", "2016-03", "2016-07-18T01:02:03.5"])), [1, 1]),
        (
            Arc::new(arrays::TimestampMicrosecondArray::from(vec![
                1_456_704_000_000_000,
                1_456_790_400_000_000,
                1_468_800_000_000_001,
            ])),
            [1, 1],
        ),
        (
            Arc::new(arrays::TimestampMillisecondArray::from(vec![
                1_456_704_000_000,
                1_456_790_400_000,
                1_468_800_000_001,
            ])),
            [1, 1],
        ),
    ];
    let spec = table(vec![column("member", Kind::Text), column("day", DATE), nullable("paid", Kind::Bool)]);
    for (index, (day, want)) in days.into_iter().enumerate() {
        let paid = Arc::new(arrays::BooleanArray::from(vec![Some(true), None, Some(false)]));
        let path = file(&folder, "days.parquet", &bytes_of(vec![("member", members()), ("day", day), ("paid", paid)]));
        let kpis = [
            "count(*) filter (where day >= '2016-03-01')",
            "count(*) filter (where day < '2016-03-01')",
            "count(paid)",
            "count(*) filter (where not paid)",
        ];
        let (outcome, in_place) = everywhere(&spec, &path, &kpis);
        let figures = outcome.unwrap_or_else(|error| panic!("{index}: {error}")).1;
        let want = [
            ("a".into(), vec![Some(1), Some(0), Some(0), Some(0)]),
            ("b".into(), vec![Some(want[0]), Some(want[1]), Some(2), Some(1)]),
        ];
        assert_eq!(figures, want, "{index}");
        assert!(in_place, "{index}");
    }
}

fn first_problem(spec: &TableSpec, columns: Vec<(&str, ArrayRef)>) -> Problem {
    let folder = folder();
    let path = file(&folder, "till.parquet", &bytes_of(columns));
    let mut problems = Vec::new();
    for engine in [&mut sqlite() as &mut dyn Engine, &mut Recorder::new()] {
        let error = load(spec, &[Input::from(path.clone())], &Limits::default(), engine).expect_err("refused");
        problems.push(error.problems().unwrap_or_else(|| panic!("{error}")).first[0].clone());
    }
    assert_eq!(problems[0], problems[1]);
    problems.remove(0)
}

#[test]
fn a_column_of_another_type_is_refused_by_name() {
    let whole: ArrayRef = Arc::new(arrays::Int64Array::from(vec![1, 2, 3]));
    let truth: ArrayRef = Arc::new(arrays::BooleanArray::from(vec![true, true, false]));
    let zoned: ArrayRef = Arc::new(arrays::TimestampSecondArray::from(vec![1, 2, 3]).with_timezone("UTC"));
    let raw: ArrayRef = Arc::new(arrays::BinaryArray::from(vec![b"a".as_slice(), b"b", b"c"]));
    let list: ArrayRef = Arc::new(arrays::ListArray::from_iter_primitive::<
        datafusion::arrow::datatypes::Int64Type,
        _,
        _,
    >(vec![Some(vec![Some(1)]), None, None]));
    let cases: [(Kind, &ArrayRef); 10] = [
        (Kind::Text, &whole),
        (Kind::Text, &raw),
        (Kind::Integer, &members()),
        (Kind::Integer, &truth),
        (decimal(2), &members()),
        (decimal(2), &list),
        (Kind::Bool, &whole),
        (Kind::Bool, &members()),
        (DATE, &whole),
        (DATE, &zoned),
    ];
    for (kind, array) in cases {
        let spec = table(vec![column("member", Kind::Text), column("x y", kind)]);
        let problem = first_problem(&spec, vec![("member", members()), ("x y", Arc::clone(array))]);
        assert_eq!(
            (problem.code, problem.file.as_str(), problem.column.as_deref()),
            ("D044", "till.parquet", Some("x y"))
        );
        assert!(problem.remedy.len() > 10 && problem.message.contains("the study wants"), "{problem}");
    }
    let spec = table(vec![column("member", Kind::Text), column("amonut", Kind::Integer)]);
    let problem = first_problem(&spec, vec![("member", members()), ("amount", Arc::clone(&whole))]);
    assert_eq!(problem.code, "D020");
    assert!(problem.remedy.contains("amount"), "{problem}");
}

#[test]
fn doubtful_rows_are_found_by_row_and_column() {
    let text = |values: [Option<&str>; 3]| -> ArrayRef { Arc::new(arrays::StringArray::from(values.to_vec())) };
    let whole = |values: [Option<i64>; 3]| -> ArrayRef { Arc::new(arrays::Int64Array::from(values.to_vec())) };
    let spec = table(vec![column("member", Kind::Text), column("n", Kind::Integer), nullable("note", Kind::Text)]);
    let good = || whole([Some(1), Some(2), Some(3)]);
    let some = [Some("a"), Some("b"), Some("c")];
    let cases: [(&str, u64, Option<&str>, [ArrayRef; 3]); 6] = [
        ("D030", 2, Some("n"), [text(some), whole([Some(1), None, None]), text(some)]),
        ("D030", 3, Some("member"), [text([Some("a"), Some("b"), Some("")]), good(), text(some)]),
        ("D005", 2, Some("note"), [text(some), good(), text([None, Some("x\u{200b}"), None])]),
        ("D017", 2, None, [text([Some("a"), Some("Grand total"), Some("b")]), good(), text(some)]),
        ("D017", 3, None, [text([Some("a"), Some("b"), Some("Total")]), good(), text(some)]),
        (
            "D018",
            2,
            None,
            [text([Some("a"), None, Some("c")]), whole([Some(1), None, Some(3)]), text([None, Some(""), None])],
        ),
    ];
    for (code, row, name, [member, n, note]) in cases {
        let problem = first_problem(&spec, vec![("member", member), ("n", n), ("note", note)]);
        assert_eq!((problem.code, problem.row, problem.column.as_deref()), (code, Some(row), name), "{problem}");
    }
    let long = "x".repeat(70_000);
    let problem = first_problem(
        &spec,
        vec![("member", text([Some("a"), Some(&long), None])), ("n", good()), ("note", text(some))],
    );
    assert_eq!((problem.code, problem.row), ("D006", Some(2)));
    let empty: Vec<(&str, ArrayRef)> =
        ["member", "note"].map(|n| (n, Arc::new(arrays::StringArray::from(Vec::<&str>::new())) as ArrayRef)).to_vec();
    let empty = [empty, vec![("n", Arc::new(arrays::Int64Array::from(Vec::<i64>::new())) as ArrayRef)]].concat();
    assert_eq!(first_problem(&spec, empty).code, "D009");
}

#[test]
fn damaged_files_are_refused_and_end_nothing() {
    let spec = table(vec![column("member", Kind::Text), column("n", Kind::Integer)]);
    let n: ArrayRef = Arc::new(arrays::Int64Array::from(vec![1, 2, 3]));
    let good = bytes_of(vec![("member", members()), ("n", n)]);
    let folder = folder();
    let mut refused = 0;
    for at in (0..good.len()).step_by(11) {
        let mut flipped = good.clone();
        flipped[at] ^= 0x55;
        for bytes in [&good[..at], &flipped] {
            let path = file(&folder, "damaged.parquet", bytes);
            let outcomes = [&mut sqlite() as &mut dyn Engine, &mut Recorder::new()]
                .map(|engine| whole(&spec, &Input::from(path.clone()), engine, &["sum(n)"]));
            // In place it may be refused for parts of the file that rows do not need; it is never read otherwise.
            let [rows, in_place] = &outcomes;
            assert!(in_place.is_err() || in_place == rows, "{at}: {rows:?} and {in_place:?}");
            refused += u64::from(outcomes[0].is_err());
        }
    }
    assert!(refused > 50, "{refused}");
    let path = file(&folder, "damaged.parquet", b"PK\x03\x04 is no Parquet");
    let error = whole(&spec, &Input::from(path), &mut sqlite(), &["sum(n)"]).expect_err("refused");
    assert!(error.contains("[D043] damaged.parquet"), "{error}");
}

#[test]
fn a_file_that_changes_after_the_check_is_not_read() {
    let spec = table(vec![column("member", Kind::Text), column("n", Kind::Integer)]);
    let of =
        |last: i64| bytes_of(vec![("member", members()), ("n", Arc::new(arrays::Int64Array::from(vec![1, 2, last])))]);
    let folder = folder();
    let path = file(&folder, "odd [a-z]* 100%?.parquet", &of(3));
    let mut engine = Recorder::new();
    let (first, figures) = whole(&spec, &Input::from(path.clone()), &mut engine, &["sum(n)"]).expect("reads");
    assert_eq!((first.rows_kept, engine.files), (3, 1));
    assert_eq!(figures, [("a".into(), vec![Some(2)]), ("b".into(), vec![Some(4)])]);
    std::fs::write(&path, of(1 << 40)).expect("written");
    let wanted = Extraction {
        member: "member".into(),
        name: None,
        attributes: vec![],
        period: None,
        kpis: vec![KpiQuery { id: "k".into(), sql: "sum(n)".into(), low: 0, high: 1 << 50, outside: Outside::Refuse }],
    };
    let error = extract(&engine, &spec, &wanted).expect_err("it changed");
    assert!(error.to_string().contains("changed after it was checked"), "{error}");
}

#[test]
fn several_files_of_several_kinds_are_one_table() {
    let spec = table(vec![column("member", Kind::Text), column("n", Kind::Integer)]);
    let folder = folder();
    let of = |values: [i64; 3]| {
        bytes_of(vec![("n", Arc::new(arrays::Int64Array::from(values.to_vec())) as ArrayRef), ("member", members())])
    };
    let first = file(&folder, "one.parquet", &of([1, 2, 3]));
    let second = file(&folder, "two.parquet", &of([10, 20, 30]));
    let csv = file(&folder, "three.csv", b"member,n\nc,100\na,200\n");
    let inputs = [first.clone(), csv, second].map(Input::from);
    let mut engine = Recorder::new();
    let import = load(&spec, &inputs, &Limits::default(), &mut engine).expect("loads");
    assert_eq!((import.rows_kept, engine.files, engine.rows), (8, 2, 2));
    let mut sums = Vec::new();
    let wanted = Extraction {
        member: "member".into(),
        name: None,
        attributes: vec![],
        period: None,
        kpis: vec![KpiQuery { id: "k".into(), sql: "sum(n)".into(), low: 0, high: 1 << 50, outside: Outside::Refuse }],
    };
    for member in extract(&engine, &spec, &wanted).expect("extracts").members {
        sums.push(member.expose_figures()[0]);
    }
    assert_eq!(sums, [Some(222), Some(44), Some(100)]);
    let twice = [first.clone(), first].map(Input::from);
    let error = load(&spec, &twice, &Limits::default(), &mut Recorder::new()).expect_err("twice");
    assert!(error.to_string().contains("D008"), "{error}");
}

fn skipping() -> TableSpec {
    let when = |sql: &str| SkipRule { test: SkipTest::When(sql.into()), reason: sql.into() };
    let columns = vec![column("member", Kind::Text), nullable("n", Kind::Integer), nullable("note", Kind::Text)];
    TableSpec { skip: vec![when("n < 0"), when("note like 'x%' or n is null")], ..table(columns) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whatever a file holds, the account, the figures and the problems are those of the rows taken one by one.
    #[test]
    fn in_place_is_row_by_row(
        rows in proptest::collection::vec((0usize..40, proptest::option::of(-3i64..9), 0usize..40), 1..60),
        problem_rule in proptest::bool::weighted(0.2),
    ) {
        let words = |index: usize| match index {
            0 => Some("Total"),
            1 => Some(""),
            2 => Some("x1"),
            3 => None,
            4 => Some("a\u{200b}"),
            5 => Some("xy"),
            other => Some(["shop A", "shop B", "shop C"][other % 3]),
        };
        let member: ArrayRef = Arc::new(rows.iter().map(|r| if r.0 < 2 { words(r.0) } else { words(r.0 + 40) }).collect::<arrays::StringArray>());
        let n: ArrayRef = Arc::new(rows.iter().map(|r| r.1).collect::<arrays::Int64Array>());
        let note: ArrayRef = Arc::new(rows.iter().map(|r| words(r.2)).collect::<arrays::StringArray>());
        let mut spec = skipping();
        if problem_rule {
            spec.skip.push(SkipRule { test: SkipTest::Problem("note".into()), reason: "bad note".into() });
        }
        let folder = folder();
        let path = file(&folder, "random.parquet", &bytes_of(vec![("member", member), ("n", n), ("note", note)]));
        let (_, in_place) = everywhere(&spec, &path, &["sum(n)", "count(*)", "count(note)", "count(distinct note)"]);
        prop_assert!(!(in_place && problem_rule));
    }
}

#[test]
fn types_are_those_of_parquet_not_of_the_writer() {
    let keys = arrays::StringDictionaryBuilder::<datafusion::arrow::datatypes::Int32Type>::new();
    let mut keys = keys;
    for key in ["b", "a", "b"] {
        keys.append_value(key);
    }
    let member: ArrayRef = Arc::new(keys.finish());
    assert!(matches!(member.data_type(), DataType::Dictionary(..)));
    let spec = table(vec![column("member", Kind::Text), column("n", Kind::Integer)]);
    let folder = folder();
    let n: ArrayRef = Arc::new(arrays::Int64Array::from(vec![1, 2, 3]));
    let path = file(&folder, "coded.parquet", &bytes_of(vec![("member", member), ("n", n)]));
    let (outcome, in_place) = everywhere(&spec, &path, &["sum(n)"]);
    assert_eq!(outcome.expect("reads").1, [("a".into(), vec![Some(2)]), ("b".into(), vec![Some(4)])]);
    assert!(in_place);
}
