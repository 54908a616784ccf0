//! The methods. `docs/rpc.md` describes each with an example that is known to run.

mod cloud;
mod contacts;
mod general;
mod login;
mod secret;
mod sessions;

use std::future::Future;
use std::pin::Pin;

use chappe_tl::dynamic::nearest;
use serde_json::{Value, json};

use super::context::Context;
use super::message::Fault;
use super::params::{Param, Params};
use crate::failure::Failure;
use crate::markup::Markup;

type Running<'a> = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send + 'a>>;

/// A method, its parameters in order, and what carries it out.
struct Method {
    name: &'static str,
    params: &'static [Param],
    run: for<'a> fn(&'a Context, Params) -> Running<'a>,
}

/// `name(required: "kind", [optional]: "kind") => function`.
macro_rules! methods {
    (@param $name:ident $kind:literal) => {
        Param { name: stringify!($name), kind: $kind, required: true }
    };
    (@param [$name:ident] $kind:literal) => {
        Param { name: stringify!($name), kind: $kind, required: false }
    };
    ($($method:literal ($($param:tt : $kind:literal),* $(,)?) => $run:path;)*) => {
        &[$(Method {
            name: $method,
            params: &[$(methods!(@param $param $kind)),*],
            run: |context, params| Box::pin($run(context, params)),
        }),*]
    };
}

const METHODS: &[Method] = methods! {
    "cloud.dialogs"([limit]: "int") => cloud::dialogs;
    "cloud.download"(chat: "string", message: "int", [path]: "string", [overwrite]: "bool",
        [progress]: "string") => cloud::download;
    "cloud.history"(chat: "string", [limit]: "int", [before]: "int", [search]: "string") => cloud::history;
    "cloud.send_file"(chat: "string", path: "string", [caption]: "string", [parse_mode]: "string", [name]: "string",
        [document]: "bool", [silent]: "bool", [reply_to]: "int", [progress]: "string") => cloud::send_file;
    "cloud.send_text"(chat: "string", text: "string", [parse_mode]: "string", [silent]: "bool", [reply_to]: "int",
        [no_webpage]: "bool") => cloud::send_text;
    "contacts.import"(phone: "string", first_name: "string", [last_name]: "string") => contacts::import;
    "contacts.list"() => contacts::list;
    "contacts.remove"(user: "string") => contacts::remove;
    "contacts.resolve_phone"(phone: "string") => contacts::resolve_phone;
    "contacts.resolve_username"(username: "string") => contacts::resolve_username;
    "invoke"(method: "string", [arguments]: "object") => general::invoke;
    "login.bot"(token: "string") => login::bot;
    "login.check_password"(password: "string") => login::check_password;
    "login.log_out"() => login::log_out;
    "login.me"() => login::me;
    "login.send_code"(phone: "string") => login::send_code;
    "login.sign_in"(phone_code_hash: "string", code: "string", [first_name]: "string",
        [last_name]: "string") => login::sign_in;
    "login.sign_up"(phone_code_hash: "string", first_name: "string", [last_name]: "string") => login::sign_up;
    "methods"() => general::methods;
    "ping"() => general::ping;
    "secret.accept"(chat: "int", [wait]: "seconds") => secret::accept;
    "secret.close"(chat: "int", [delete_history]: "bool") => secret::close;
    "secret.close_restored"() => secret::close_restored;
    "secret.decline"(chat: "int") => secret::decline;
    "secret.delete"(chat: "int", messages: "array of long") => secret::delete;
    "secret.download"(chat: "int", message: "long", [path]: "string", [overwrite]: "bool",
        [progress]: "string") => secret::download;
    "secret.export"(path: "string") => secret::export;
    "secret.flush"(chat: "int") => secret::flush;
    "secret.forget"(chat: "int") => secret::forget;
    "secret.get"(chat: "int") => secret::get;
    "secret.history"(chat: "int", [limit]: "int", [before]: "long", [after]: "long",
        [search]: "string") => secret::history;
    "secret.key"(chat: "int", [png]: "string") => secret::key;
    "secret.list"() => secret::list;
    "secret.open"(chat: "int", message: "long") => secret::open;
    "secret.read"(chat: "int", messages: "array of long") => secret::read;
    "secret.read_history"(chat: "int", [max_date]: "int") => secret::read_history;
    "secret.rekey"(chat: "int") => secret::rekey;
    "secret.screenshot_taken"(chat: "int", [messages]: "array of long") => secret::screenshot_taken;
    "secret.send_album"(chat: "int", files: "array of object", [progress]: "string") => secret::send_album;
    "secret.send_contact"(chat: "int", phone: "string", first_name: "string", [last_name]: "string",
        [user_id]: "long") => secret::send_contact;
    "secret.send_file"(chat: "int", path: "string", [caption]: "string", [parse_mode]: "string", [kind]: "string", [name]: "string",
        [width]: "int", [height]: "int", [duration]: "seconds", [title]: "string", [performer]: "string",
        [emoji]: "string", [thumbnail]: "string", [ttl]: "seconds", [view_once]: "bool", [silent]: "bool",
        [reply_to]: "long", [progress]: "string") => secret::send_file;
    "secret.send_location"(chat: "int", latitude: "double", longitude: "double", [title]: "string",
        [address]: "string") => secret::send_location;
    "secret.send_text"(chat: "int", text: "string", [parse_mode]: "string", [ttl]: "seconds", [silent]: "bool", [reply_to]: "long",
        [no_webpage]: "bool") => secret::send_text;
    "secret.set_ttl"(chat: "int", seconds: "seconds") => secret::set_ttl;
    "secret.start"(user: "string", [wait]: "seconds") => secret::start;
    "secret.typing"(chat: "int", [typing]: "bool") => secret::typing;
    "secret.verify"(chat: "int", [verified]: "bool") => secret::verify;
    "sessions.accept"(url: "string") => sessions::accept;
    "sessions.end"(session: "long") => sessions::end;
    "sessions.end_others"() => sessions::end_others;
    "sessions.list"() => sessions::list;
    "version"() => general::version;
};

/// Carries out a call.
pub(super) async fn call(context: &Context, name: &str, params: Option<Value>) -> Result<Value, Fault> {
    let Some(method) = METHODS.iter().find(|method| method.name == name) else {
        let nearest = nearest(name, METHODS.iter().map(|method| method.name));
        return Err(Fault::unknown_method(name, nearest.as_deref()));
    };
    let params = Params::read(method.name, method.params, params, true)?;
    Ok((method.run)(context, params).await?)
}

/// How a text is written.
fn markup(params: &mut Params) -> Result<Markup, Failure> {
    params.optional::<String>("parse_mode")?.map_or(Ok(Markup::Plain), |name| Markup::from_name(&name))
}

/// What a method takes.
fn params_of(name: &str) -> &'static [Param] {
    METHODS.iter().find(|method| method.name == name).map_or(&[], |method| method.params)
}

/// The methods as data.
fn description() -> Value {
    let describe = |method: &Method| {
        let param =
            |param: &Param| json!({ "name": param.name, "kind": param.kind, "required": param.required });
        json!({ "name": method.name, "params": method.params.iter().map(param).collect::<Vec<_>>() })
    };
    METHODS.iter().map(describe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_stand_in_order_and_once() {
        assert!(METHODS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    /// What a verb of the command line is called here, where it is another word: `None` for what is no call, but a
    /// screen, a process of its own, or the notifications.
    fn method(verb: &str) -> Option<&str> {
        Some(match verb {
            "chat" | "completions" | "demo" | "docs" | "man" | "rpc" | "serve" => return None,
            "secret watch" | "watch" => return None,
            "contacts add" => "contacts.import",
            "login" => "login.sign_in",
            "logout" => "login.log_out",
            "me" => "login.me",
            "secret new" => "secret.start",
            "secret screenshot" => "secret.screenshot_taken",
            "secret send" => "secret.send_text",
            "secret ttl" => "secret.set_ttl",
            "send" => "cloud.send_text",
            "upload" => "cloud.send_file",
            verb => verb,
        })
    }

    #[test]
    fn every_verb_of_the_command_line_is_a_method() {
        use clap::CommandFactory;
        let known = |name: &str| METHODS.iter().any(|method| method.name == name);
        let line = crate::cli::Cli::command();
        let mut count = 0;
        for command in line.get_subcommands() {
            let verbs: Vec<String> = match command.get_subcommands().next() {
                None => vec![command.get_name().to_owned()],
                Some(_) => command
                    .get_subcommands()
                    .map(|verb| format!("{} {}", command.get_name(), verb.get_name()))
                    .collect(),
            };
            for verb in verbs.iter().filter(|verb| !verb.starts_with("docs ")) {
                let Some(method) = method(verb) else { continue };
                let method = method.replace(' ', ".").replace('-', "_");
                assert!(known(&method) || known(&format!("cloud.{method}")), "`chappe {verb}` is no method");
                count += 1;
            }
        }
        assert!(count > 30, "{count}");
    }

    #[test]
    fn optional_parameters_come_last() {
        for method in METHODS {
            let order: Vec<bool> = method.params.iter().map(|param| !param.required).collect();
            assert!(order.is_sorted(), "{}", method.name);
        }
    }
}
