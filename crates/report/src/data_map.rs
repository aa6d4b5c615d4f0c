//! The data map: where personal data lies in files, and how sensitive it is; one HTML file.
//!
//! A pure function of the [`DataMap`]. Each table of a file is a row of tiles, one for each column, darker the more
//! sensitive; the table below it says the same in words. It holds names of files and columns, kinds, shapes and
//! counts.
//!
//! Not here: finding anything (`guildhall-data`), values: the model has no place for one.

use crate::number::Signs;
use crate::sanitise::mended;
use askama::Template;

/// Side of a tile and the room between two.
const TILE: usize = 22;
/// Tiles in one line.
const ACROSS: usize = 24;

/// What a scan found, for a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataMap {
    /// Headline.
    pub title: String,
    /// Tables and texts, in order.
    pub places: Vec<MapPlace>,
    /// Files left out or not read, with the reason.
    pub unread: Vec<(String, String)>,
}

/// One table, or one running text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapPlace {
    /// The file.
    pub file: String,
    /// The table in it; empty where the file is the table.
    pub table: String,
    /// The kind of file.
    pub format: String,
    /// Rows or lines.
    pub rows: u64,
    /// The columns.
    pub columns: Vec<MapColumn>,
    /// The columns that single people out together, and the share of rows they single out.
    pub singled_out: Option<(Vec<String>, f64)>,
}

/// One column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapColumn {
    /// Its header.
    pub name: String,
    /// How sensitive: 0 nothing found, 1 low, 2 personal, 3 high, 4 special category.
    pub level: u8,
    /// What it is to somebody who protects it.
    pub role: String,
    /// What it holds, how likely, and why; most likely first.
    pub holds: Vec<MapHolding>,
    /// Shapes of its values.
    pub shapes: Vec<String>,
}

/// One kind that a column holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapHolding {
    /// The kind, in words.
    pub kind: String,
    /// How likely, in words.
    pub likelihood: String,
    /// Why.
    pub evidence: String,
}

/// Words for the levels of [`MapColumn::level`].
const LEVELS: [&str; 5] = ["nothing found", "low", "personal", "high", "special category"];

/// Renders a data map as one HTML file without script or reference to anything outside.
///
/// The same map gives the same bytes.
pub fn data_map_html(map: &DataMap) -> String {
    Page::of(map).render().expect("writing to a string does not fail and no template expression can")
}

#[derive(Template)]
#[template(path = "data_map.html", whitespace = "minimize")]
struct Page {
    title: String,
    lead: Vec<String>,
    totals: Vec<Total>,
    places: Vec<Place>,
    unread: Vec<(String, String)>,
}

/// How many columns of a level there are, as a bar.
struct Total {
    level: usize,
    words: &'static str,
    count: usize,
    width: usize,
    y: usize,
}

struct Place {
    id: usize,
    name: String,
    about: String,
    tiles: Vec<Tile>,
    height: usize,
    width: usize,
    described: String,
    rows: Vec<Row>,
    clear: usize,
    singled_out: Option<String>,
}

struct Tile {
    x: usize,
    y: usize,
    level: usize,
    said: String,
}

struct Row {
    name: String,
    level: &'static str,
    role: String,
    holds: Vec<(String, String, String)>,
    shapes: String,
}

impl Page {
    fn of(map: &DataMap) -> Self {
        let columns = || map.places.iter().flat_map(|place| &place.columns);
        let counts: Vec<usize> = (0..LEVELS.len())
            .map(|level| columns().filter(|column| usize::from(column.level) == level).count())
            .collect();
        let most = counts.iter().copied().max().unwrap_or(0).max(1);
        let total = |(row, level): (usize, usize)| Total {
            level,
            words: LEVELS[level],
            count: counts[level],
            width: counts[level] * 300 / most,
            y: row * 26,
        };
        Self {
            title: mended(&map.title),
            lead: lead(map, &counts),
            totals: (0..LEVELS.len()).rev().enumerate().map(total).collect(),
            places: map.places.iter().enumerate().map(|(id, place)| Place::of(id, place)).collect(),
            unread: map.unread.iter().map(|(file, why)| (mended(file), mended(why))).collect(),
        }
    }
}

fn lead(map: &DataMap, counts: &[usize]) -> Vec<String> {
    let found: usize = counts[1..].iter().sum();
    let all: usize = counts.iter().sum();
    let mut lead = vec![format!(
        "{found} of {all} columns in {} {} hold personal data, or may.",
        map.places.len(),
        if map.places.len() == 1 { "table or text" } else { "tables and texts" }
    )];
    if counts[4] > 0 {
        lead.push(format!(
            "{} of them may hold a special category: health, religion, union, politics, sexual life, origin.",
            counts[4]
        ));
    }
    if !map.unread.is_empty() {
        lead.push(format!("{} files were not looked through; they are listed at the end.", map.unread.len()));
    }
    lead
}

impl Place {
    fn of(id: usize, place: &MapPlace) -> Self {
        let name = if place.table.is_empty() { place.file.clone() } else { format!("{}, {}", place.file, place.table) };
        let count = Signs::PAGE.count(place.rows);
        let unit = if place.format == "text" { "lines" } else { "rows" };
        let lines = place.columns.len().div_ceil(ACROSS).max(1);
        let shown: Vec<&MapColumn> = place.columns.iter().filter(|column| !column.holds.is_empty()).collect();
        Self {
            id,
            name: mended(&name),
            about: format!("{}, {count} {unit}, {} columns", place.format, place.columns.len()),
            tiles: place.columns.iter().enumerate().map(|(at, column)| Tile::of(at, column)).collect(),
            height: lines * TILE,
            width: place.columns.len().clamp(1, ACROSS) * TILE,
            described: described(place),
            clear: place.columns.len() - shown.len(),
            rows: shown.into_iter().map(Row::of).collect(),
            singled_out: place.singled_out.as_ref().map(|(columns, share)| singled_out(columns, *share)),
        }
    }
}

fn described(place: &MapPlace) -> String {
    let of = |level: usize| place.columns.iter().filter(|column| usize::from(column.level) == level).count();
    let parts: Vec<String> = (0..LEVELS.len())
        .rev()
        .filter(|level| of(*level) > 0)
        .map(|level| format!("{} {}", of(level), LEVELS[level]))
        .collect();
    format!("Columns by sensitivity: {}.", parts.join(", "))
}

fn singled_out(columns: &[String], share: f64) -> String {
    let names: Vec<String> = columns.iter().map(|column| mended(column)).collect();
    let percent = format!("{:.1}", share * 100.0);
    format!("{} together single out {percent} % of the rows looked at.", names.join(" + "))
}

impl Tile {
    fn of(at: usize, column: &MapColumn) -> Self {
        let level = usize::from(column.level).min(LEVELS.len() - 1);
        let kind = column
            .holds
            .first()
            .map_or(String::new(), |holding| format!(": {} ({})", holding.kind, holding.likelihood));
        let said = mended(&format!("{}{kind}", column.name));
        Self { x: at % ACROSS * TILE, y: at / ACROSS * TILE, level, said }
    }
}

impl Row {
    fn of(column: &MapColumn) -> Self {
        let holds = column.holds.iter().map(|h| (mended(&h.kind), mended(&h.likelihood), mended(&h.evidence)));
        Self {
            name: mended(&column.name),
            level: LEVELS[usize::from(column.level).min(LEVELS.len() - 1)],
            role: mended(&column.role),
            holds: holds.collect(),
            shapes: mended(&column.shapes.join("  ")),
        }
    }
}
