//! A made-up benchmark, the same on every machine: figures of no real business.

use guildhall_kpi::{
    Benchmark, Cell, CellTotals, Direction, Edges, Figure, FigureTotals, Hidden, Histogram, Kpi, Opened, Opening,
    Place, Provenance, Rational, Schema, Spending, Totals,
};
use guildhall_report::{Document, ImportNotes, Own};

/// What to make up.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    /// Members.
    pub(crate) members: usize,
    /// Groups besides all members.
    pub(crate) groups: usize,
    /// Whether every figure has quartiles, in every group.
    pub(crate) quartiles_everywhere: bool,
    /// Whether there is one KPI instead of three.
    pub(crate) one_kpi: bool,
}

impl Wish {
    /// A middling trade association.
    pub(crate) const SAMPLE: Self = Self { members: 600, groups: 14, quartiles_everywhere: false, one_kpi: false };
    /// As large as a page has to carry.
    pub(crate) const LARGE: Self = Self { members: 20_000, groups: 45, quartiles_everywhere: true, one_kpi: true };
}

const MONTHS: [&str; 12] = [
    "2016-10", "2016-11", "2016-12", "2017-01", "2017-02", "2017-03", "2017-04", "2017-05", "2017-06", "2017-07",
    "2017-08", "2017-09",
];
const TOWNS: [&str; 6] = ["Ashford", "Brookfield", "Castle Hill", "Dunmore", "Easterby & Sons’ Quarter", "Fairhaven"];

/// Small numbers that look random and never change.
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 11) as f64 / (1u64 << 53) as f64
    }

    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Two-sided geometric noise of about this scale.
    fn noise(&mut self, scale: f64) -> i64 {
        let mut one = || (-(1.0 - self.unit()).ln() * scale).floor() as i64;
        one() - one()
    }
}

fn kpi(id: &str, label: &str, unit: &str, direction: Direction, resolution: &str, edges: Edges) -> Kpi {
    let (low, high) = (edges.as_slice()[0], edges.as_slice()[edges.bins()] - 1);
    let resolution = resolution.parse().expect("a valid step");
    Kpi { id: id.into(), label: label.into(), unit: unit.into(), direction, resolution, low, high, edges }
}

fn schema(wish: Wish) -> Schema {
    let sales = Edges::log_spaced(0, 500_000, 40_000_000, 32);
    let stock = Edges::log_spaced(0, 50, 4_000, 24);
    let mut kpis = vec![kpi("sales", "Monthly sales", "EUR", Direction::Higher, "0.01", sales)];
    if !wish.one_kpi {
        kpis.push(kpi("stock", "Days of stock", "days", Direction::Lower, "0.1", stock));
        kpis.push(kpi("hours", "Opening hours per week", "hours", Direction::Neither, "0.5", Edges::single(0, 336)));
    }
    let epsilon = Rational::new(1, 2).expect("not zero");
    let noisy = Some(Histogram { opening: Opening::Noisy { epsilon } });
    let figures = kpis.iter().enumerate().flat_map(|(kpi, _)| {
        MONTHS.iter().enumerate().map(move |(month, period)| {
            let opened = wish.quartiles_everywhere || kpi == 0 || (kpi == 1 && month % 3 == 2);
            Figure { kpi, period: (*period).into(), histogram: noisy.filter(|_| opened), sum: None, squares: None }
        })
    });
    Schema { figures: figures.collect(), kpis: kpis.clone() }
}

/// Which group a member is in; early groups are larger, the last ones have a handful.
fn group_of(member: usize, wish: Wish) -> usize {
    if wish.quartiles_everywhere {
        return member % wish.groups;
    }
    match member % 200 {
        0 | 1 => wish.groups - 1,
        2 => wish.groups - 2,
        _ => {
            let spread = ((member * 7919) % 1000) as f64 / 1000.0;
            (spread * spread * (wish.groups - 2) as f64) as usize
        }
    }
}

fn value(kpi: &Kpi, size: f64, month: usize, dice: &mut Dice) -> i64 {
    let season = [1.0, 1.05, 1.35, 0.85, 0.88, 0.97, 1.0, 1.06, 1.1, 1.15, 1.12, 1.02][month % 12];
    let raw = match kpi.id.as_str() {
        "sales" => 2_600_000.0 * size * season * (0.12 * dice.bell()).exp(),
        "stock" => 420.0 * (0.35 * dice.bell()).exp() / season,
        _ => 96.0 + 14.0 * dice.bell(),
    };
    (raw as i64).clamp(kpi.low, kpi.high)
}

/// The totals a round over made-up members would open.
fn totals(wish: Wish, schema: &Schema) -> Totals {
    let mut dice = Dice(2017);
    let sizes: Vec<f64> = (0..wish.members).map(|_| (0.7 * dice.bell()).exp()).collect();
    let columns: Vec<Vec<Option<i64>>> = schema
        .figures
        .iter()
        .map(|figure| {
            let kpi = &schema.kpis[figure.kpi];
            let month = MONTHS.iter().position(|m| *m == figure.period).expect("a known month");
            sizes.iter().map(|size| (dice.unit() < 0.93).then(|| value(kpi, *size, month, &mut dice))).collect()
        })
        .collect();
    let cells = (0..=wish.groups).map(|cell| {
        let figures = columns.iter().zip(&schema.figures).map(|(column, figure)| {
            let inside = |member: &usize| cell == 0 || group_of(*member, wish) == cell - 1;
            let values: Vec<i64> = (0..wish.members).filter(inside).filter_map(|member| column[member]).collect();
            opened(&values, figure, schema, cell, wish, &mut dice)
        });
        CellTotals { figures: figures.collect(), cell: cell_of(cell) }
    });
    Totals { cells: cells.collect(), epsilon: Rational::new(8, 1).expect("not zero"), delta_bits: 40 }
}

fn cell_of(cell: usize) -> Cell {
    match cell {
        0 => Cell::all(),
        cell => match TOWNS.get(cell - 1) {
            Some(town) => Cell::of("town", town),
            None => Cell::of("zip", &format!("{}", 78_700 + cell)),
        },
    }
}

fn opened(values: &[i64], figure: &Figure, schema: &Schema, cell: usize, wish: Wish, dice: &mut Dice) -> FigureTotals {
    if values.len() < 5 {
        return FigureTotals::Hidden(Hidden::TooFew { fewer_than: 5 });
    }
    if !wish.quartiles_everywhere && cell == 5 && figure.kpi == 1 {
        return FigureTotals::Hidden(Hidden::WouldSingleOut);
    }
    let edges = &schema.kpis[figure.kpi].edges;
    let histogram = figure.histogram.is_some() && (cell <= 2 || wish.quartiles_everywhere);
    let mut bins = vec![0i64; if histogram { edges.bins() } else { 0 }];
    for value in values {
        let bin = edges.bin_of(*value).expect("inside the range");
        if let Some(count) = bins.get_mut(bin) {
            *count += 1;
        }
    }
    bins.iter_mut().for_each(|count| *count += dice.noise(5.0));
    FigureTotals::Opened(Opened {
        count: values.len() as u64,
        sum: values.iter().sum(),
        deviation: None,
        bins,
        squares: None,
    })
}

fn provenance(wish: Wish) -> Provenance {
    let trustees: Vec<String> = [
        "Harbour Audit LLP",
        "Northfield University",
        "Ada Bakery",
        "Bell & Sons",
        "Corner Books",
        "Dockside Café",
        "Elm Street Pharmacy",
    ]
    .map(str::to_owned)
    .to_vec();
    let hex = |seed: u64| (0..8).map(|i| format!("{:08x}", Dice(seed + i).unit().to_bits() as u32)).collect::<String>();
    Provenance {
        title: "Shops of the Five Valleys".into(),
        study: "five-valleys-shops-2017".into(),
        round: 3,
        window: "2016-10 to 2017-09".into(),
        charter: hex(1),
        manifest: hex(2),
        set: hex(3),
        agreeing: trustees[..5].to_vec(),
        dissenting: trustees[5..6].to_vec(),
        silent: trustees[6..].to_vec(),
        trustees,
        threshold: 3,
        quorum: 5,
        invited: wish.members as u64 * 5 / 4,
        counted: wish.members as u64,
        least_members: 5,
    }
}

/// The made-up benchmark.
pub(crate) fn benchmark(wish: Wish) -> Benchmark {
    let schema = schema(wish);
    schema.check().expect("a valid schema");
    let spending = Spending {
        unit: "all figures of one member in this round, replaced by any others".into(),
        epsilon: Rational::new(8, 1).expect("not zero"),
        delta_bits: 40,
        window_epsilon: Rational::new(19, 2).expect("not zero"),
        exact: "how many members reported a figure, its total and its mean".into(),
        noise_shares: 5,
        honest_shares: 3,
        customers: None,
    };
    Benchmark::from_totals(&schema, &totals(wish, &schema), provenance(wish), spending)
}

/// The report of the made-up benchmark.
pub(crate) fn document(wish: Wish) -> Document {
    Document { benchmark: benchmark(wish), import: Some(import()), own: None }
}

/// What a loader might have noted.
pub(crate) fn import() -> ImportNotes {
    ImportNotes {
        files: vec!["sales-2016.csv".into(), "sales-2017.xlsx".into()],
        rows_read: Some(61_204),
        rows_kept: Some(60_990),
        skipped: vec![("quantity below zero (returns)".into(), 198), ("no member number".into(), 16)],
        clipped: 3,
        notes: vec!["Dates were read as day, month, year, as the study says.".into()],
    }
}

/// A member's own copy: figures for every month of every KPI, for all members and its town.
pub(crate) fn own_copy(wish: Wish) -> Document {
    let made = document(wish);
    let mut places = Vec::new();
    for row in made.benchmark.rows.iter().filter(|row| row.cell == 0 || row.cell == 2) {
        let month = MONTHS.iter().position(|m| *m == row.period).expect("a known month");
        let wave = ((month * 5) % 7) as f64;
        let value = [41_250.75 + 2_100.5 * wave, 38.4 + 1.7 * wave, 48.0][row.kpi];
        if month != 4 {
            places.push(Place::of(&made.benchmark, row, value));
        }
    }
    Document { own: Some(Own { label: "Corner Books".into(), places }), ..made }
}
