//! Counters in the text format of Prometheus.
//!
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::fmt::{Display, Write as _};
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::Shared;
use super::problem::Outcome;

/// A page of metrics that is being written.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) -> &mut Self {
        // Writing to a text cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        self
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let mut shown = String::new();
        for (key, value) in labels {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let comma = if shown.is_empty() { "" } else { "," };
            let _ = write!(shown, "{comma}{key}=\"{value}\"");
        }
        let labels = if shown.is_empty() { shown } else { format!("{{{shown}}}") };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help).sample(name, &[], value);
    }
}

pub(crate) async fn metrics(State(shared): State<Arc<Shared>>) -> Outcome<impl IntoResponse> {
    let server = &shared.server;
    let (totals, network) = (server.totals().await?, server.network());
    let mut text = Text::default();
    text.family("chappe_info", "gauge", "Always 1; the version is a label.").sample(
        "chappe_info",
        &[("version", env!("CARGO_PKG_VERSION")), ("dc", &server.dc_id().to_string())],
        1,
    );
    for (name, help, value) in [
        ("chappe_users", "Accounts.", totals.users),
        ("chappe_devices", "Devices that are logged in.", totals.devices),
        ("chappe_auth_keys", "Authorization keys.", totals.auth_keys),
        ("chappe_groups", "Groups and channels.", totals.groups),
        ("chappe_messages", "Cloud messages.", totals.messages),
        ("chappe_secret_chats", "Secret chats that were not ended.", totals.secret_chats),
        ("chappe_secret_messages_waiting", "Messages of secret chats in mailboxes.", totals.secret_messages),
        ("chappe_file_bytes", "Bytes of files and uploads.", totals.file_bytes),
    ] {
        text.one(name, "gauge", help, value);
    }
    text.one("chappe_connections", "gauge", "Connections that are open.", server.connections().len());
    text.one("chappe_sessions", "gauge", "Sessions in memory.", server.sessions().len());
    text.one(
        "chappe_clock_seconds",
        "gauge",
        "The server's clock, in Unix seconds.",
        server.now().unix_secs(),
    );
    text.one("chappe_faults", "gauge", "Rules for faults on purpose.", server.faults().list().len());
    for (name, help, value) in [
        ("chappe_connections_accepted_total", "Connections accepted.", network.accepted),
        (
            "chappe_connections_refused_total",
            "Connections refused: too many of one address.",
            network.refused,
        ),
        (
            "chappe_exchange_steps_total",
            "Steps of auth key exchanges that went well.",
            network.exchange_steps,
        ),
        ("chappe_exchange_steps_refused_total", "Steps that were refused.", network.exchange_steps_refused),
        ("chappe_received_bytes_total", "Bytes from clients.", network.received),
        ("chappe_sent_bytes_total", "Bytes to clients.", network.sent),
        ("chappe_layer_failures_total", "Answers without a form in an older layer.", server.layer_failures()),
        (
            "chappe_unlisted_errors_total",
            "Errors that no list has for their methods.",
            server.unlisted_errors().values().sum(),
        ),
    ] {
        text.one(name, "counter", help, value);
    }
    let methods = server.methods();
    text.family("chappe_calls_total", "counter", "Calls by method.");
    for (method, stats) in &methods {
        text.sample("chappe_calls_total", &[("method", method)], stats.calls);
    }
    text.family("chappe_call_seconds_total", "counter", "Time that calls took, by method.");
    for (method, stats) in &methods {
        text.sample("chappe_call_seconds_total", &[("method", method)], stats.time.as_secs_f64());
    }
    text.family("chappe_call_errors_total", "counter", "Calls that were refused, by method and error.");
    for (method, stats) in &methods {
        for (error, count) in &stats.errors {
            text.sample("chappe_call_errors_total", &[("method", method), ("error", error)], count);
        }
    }
    text.family("chappe_unimplemented_total", "counter", "Calls of methods that the server does not have.");
    for (method, count) in &server.unimplemented() {
        text.sample("chappe_unimplemented_total", &[("method", method)], count);
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut text = Text::default();
        text.sample("a", &[("b", "\"\\\n"), ("c", "d")], 1);
        assert_eq!(text.0, "a{b=\"\\\"\\\\\\n\",c=\"d\"} 1\n");
    }
}
