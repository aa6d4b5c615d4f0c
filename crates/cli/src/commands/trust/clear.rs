//! Metrics in the clear, as text and as JSON.

use guildhall_kpi::MetricLine;
use guildhall_report::text_table;
use guildhall_trust::{Clear, ClearRow, Model};
use serde_json::{Value, json};

/// Columns of a terminal the tables are made for.
const WIDTH: u16 = 100;

/// One table per metric, then the models and notes.
pub(super) fn text(clear: &Clear) -> String {
    let mut text = format!("{}\n{}\n\n", clear.title, clear.window);
    for (index, metric) in clear.metrics.iter().enumerate() {
        let rows: Vec<Vec<String>> =
            clear.rows.iter().filter(|row| row.metric == index).map(|row| cells(clear, metric, row)).collect();
        let title = format!("{} ({})", metric.label, metric.unit);
        let clipped = clear.rows.iter().any(|row| row.metric == index && row.clipped.is_some());
        let headers: &[&str] = if clipped {
            &["group", "period", "n", "value", "after clipping", "clipped"]
        } else {
            &["group", "period", "n", "value"]
        };
        let rows: Vec<Vec<String>> =
            rows.into_iter().map(|row| row.into_iter().take(headers.len()).collect()).collect();
        text.push_str(&text_table(&title, headers, &rows, WIDTH));
        text.push('\n');
    }
    clear.models.iter().for_each(|model| text.push_str(&of_model(model)));
    clear.notes.iter().for_each(|note| text.push_str(&format!("note: {note}\n")));
    text
}

fn cells(clear: &Clear, metric: &MetricLine, row: &ClearRow) -> Vec<String> {
    let name = |names: &[String], index: usize| names.get(index).cloned().unwrap_or_default();
    let number = |value: f64| format!("{value:.*}", usize::from(metric.decimals) + 1);
    let value = row.value.map_or_else(|| "nobody".to_owned(), number);
    let mut cells = vec![name(&clear.groups, row.group), name(&clear.periods, row.period), row.n.to_string(), value];
    cells.push(row.clipped.map(|clipped| number(clipped.mean)).unwrap_or_default());
    cells.push(row.clipped.map(|clipped| clipped.units.to_string()).unwrap_or_default());
    cells
}

fn of_model(model: &Model) -> String {
    let rows: Vec<Vec<String>> =
        model.values.iter().map(|(name, value)| vec![(*name).to_owned(), format!("{value:.4}")]).collect();
    let title = format!("{} ({} customers)", model.label, model.customers);
    format!("{}\n", text_table(&title, &["parameter", "estimate"], &rows, WIDTH))
}

/// The schema is `schemas/trust-measure-v1.schema.json`.
pub(super) fn json(clear: &Clear) -> Value {
    let rows: Vec<Value> = clear
        .rows
        .iter()
        .map(|row| {
            let clipped = row.clipped.map(|clipped| json!({ "mean": clipped.mean, "units": clipped.units }));
            json!({
                "metric": row.metric, "group": row.group, "period": row.period, "n": row.n, "value": row.value,
                "clipped": clipped,
            })
        })
        .collect();
    let models: Vec<Value> = clear
        .models
        .iter()
        .map(|model| {
            let values: serde_json::Map<String, Value> =
                model.values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            json!({ "metric": model.metric, "label": model.label, "customers": model.customers, "values": values })
        })
        .collect();
    json!({
        "schema": "guildhall/trust-measure/v1", "title": clear.title, "window": clear.window, "metrics": clear.metrics,
        "groups": clear.groups, "periods": clear.periods, "rows": rows, "models": models, "notes": clear.notes,
    })
}
