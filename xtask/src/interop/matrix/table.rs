//! The matrix as text: on the terminal, and between two marks in `docs/clients.md`.

use std::fmt::Write;
use std::time::Duration;

use super::client::Trouble;
use super::{CLIENTS, Cell};
use crate::{Result, workspace_root};

const BEGIN: &str = "<!-- matrix: written by `cargo xtask interop matrix --write` -->\n";
const END: &str = "<!-- end of the matrix -->\n";

fn sign(cell: &Cell) -> &'static str {
    match cell {
        Ok(_) => "✓",
        Err(Trouble::Cannot(_)) => "–",
        Err(Trouble::Failed(_)) => "✗",
    }
}

pub(super) fn print_row(name: &str, cells: &[Cell], took: Duration) {
    let signs: Vec<_> = cells.iter().map(sign).collect();
    println!("matrix: {}  {name} ({:.1} s)", signs.join(" "), took.as_secs_f32());
    for (stock, cell) in CLIENTS.iter().zip(cells) {
        if let Err(Trouble::Failed(why)) = cell {
            println!("        {}: {why}", stock.name);
        }
    }
}

pub(super) fn failures(lines: &[(&str, Vec<Cell>)]) -> Vec<String> {
    let mut list = Vec::new();
    for (row, cells) in lines {
        for (stock, cell) in CLIENTS.iter().zip(cells) {
            if let Err(Trouble::Failed(why)) = cell {
                list.push(format!("{}, {row}: {why}", stock.name));
            }
        }
    }
    list
}

/// Writes the table into the document, or says that it is another one.
pub(super) fn keep(lines: &[(&str, Vec<Cell>)], write: bool) -> Result<()> {
    let path = workspace_root().join("docs/clients.md");
    let document = std::fs::read_to_string(&path)?;
    let marks = "docs/clients.md has lost the marks of its table";
    let (before, rest) = document.split_once(BEGIN).ok_or(marks)?;
    let (old, after) = rest.split_once(END).ok_or(marks)?;
    let new = render(lines);
    println!("\n{new}");
    if write {
        std::fs::write(&path, format!("{before}{BEGIN}{new}{END}{after}"))?;
    } else if old != new {
        return Err(
            "docs/clients.md has another table: `cargo xtask interop matrix --write` mends that".into()
        );
    }
    Ok(())
}

fn render(lines: &[(&str, Vec<Cell>)]) -> String {
    let mut notes: Vec<String> = Vec::new();
    let mut table = String::from("\n|");
    for stock in &CLIENTS {
        let _ = write!(table, " | {} {}", stock.name, stock.version);
    }
    table.push_str(" |\n|---|---|---|---|---|---|\n| API layer");
    for stock in &CLIENTS {
        let _ = write!(table, " | {}", stock.layer);
    }
    table.push_str(" |\n| package");
    for stock in &CLIENTS {
        let _ = write!(table, " | {}", stock.package);
    }
    table.push_str(" |\n");
    for (row, cells) in lines {
        let _ = write!(table, "| {row}");
        for (stock, cell) in CLIENTS.iter().zip(cells) {
            let remarks = match cell {
                Ok(notes) => notes.clone(),
                Err(Trouble::Cannot(why) | Trouble::Failed(why)) => vec![why.clone()],
            };
            let _ = write!(table, " | {}", sign(cell));
            for remark in remarks {
                let note = format!("{}: {remark}", stock.name);
                let number = notes.iter().position(|known| *known == note).unwrap_or_else(|| {
                    notes.push(note);
                    notes.len() - 1
                });
                let _ = write!(table, " ({})", number + 1);
            }
        }
        table.push_str(" |\n");
    }
    table.push('\n');
    for (at, note) in notes.iter().enumerate() {
        let _ = writeln!(table, "{}. {note}", at + 1);
    }
    table.push('\n');
    table
}
