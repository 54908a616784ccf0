//! Prints the changes between the layers that no rule covers, and fails if there are any.

#![allow(clippy::print_stdout, reason = "this is a report")]

use std::process::ExitCode;

use chappe_layers::{Layers, changes};

fn main() -> ExitCode {
    let layers = Layers::load();
    println!("layer  changed constructors  changed methods");
    for (layer, constructors, methods) in changes::summary(layers) {
        println!("{layer:5}  {constructors:20}  {methods:15}");
    }
    let unhandled = changes::unhandled(layers);
    println!("\n{} changes have neither a rule nor a fallback", unhandled.len());
    for (change, of) in &unhandled {
        let of: Vec<String> = of.iter().map(ToString::to_string).collect();
        println!("{change} (layers {})", of.join(" "));
    }
    if unhandled.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
