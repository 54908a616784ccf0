//! The description of the interface in OpenAPI 3.1, made from the table of routes and the types of the handlers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::Shared;
use super::problem::Problem;
use super::routes::{Content, Operation, operations};

const INTRODUCTION: &str = "What a test asks of a Telegram server that runs for it: accounts, codes, the clock, faults, \
    snapshots, and what the server saw. Errors are JSON with a word for programs, the cause and the cure.";

pub(crate) async fn serve(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(description(&shared.url()))
}

/// The whole description.
pub(crate) fn description(url: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let problem = generator.subschema_for::<Problem>().to_value();
    let mut paths = Map::new();
    for operation in operations() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            path.insert(operation.method.to_owned(), describe(&operation, &problem, &mut generator));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Chappe control",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    })
}

fn content(content: Content, generator: &mut SchemaGenerator) -> Option<Value> {
    match content {
        Content::Json(shape) => Some(json!({"application/json": {"schema": shape(generator).to_value()}})),
        Content::Other(media_type) => Some(json!({media_type: {}})),
        Content::Nothing => None,
    }
}

fn describe(operation: &Operation, problem: &Value, generator: &mut SchemaGenerator) -> Value {
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| {
        let kind = if name == "id" { "integer" } else { "string" };
        json!({"name": name, "in": "path", "required": true, "schema": {"type": kind}})
    });
    let in_query = operation.query.iter().map(|(name, kind, meaning)| {
        json!({"name": name, "in": "query", "description": meaning, "schema": {"type": kind}})
    });
    let parameters: Vec<Value> = in_path.chain(in_query).collect();
    let mut answer = json!({"description": operation.summary});
    if let (Some(content), Value::Object(answer)) = (content(operation.gives, generator), &mut answer) {
        answer.insert("content".into(), content);
    }
    let mut responses = Map::from_iter([(operation.status.to_string(), answer)]);
    if let Some((status, meaning)) = operation.also {
        responses.insert(status.to_string(), json!({"description": meaning}));
    }
    let no_token = (!operation.open).then_some(401);
    for status in no_token.into_iter().chain(operation.fails.iter().copied()) {
        // The page says in a page what is wrong.
        let content = match operation.gives {
            Content::Other("text/html") => json!({"text/html": {}}),
            _ => json!({"application/json": {"schema": problem}}),
        };
        responses.insert(status.to_string(), json!({"description": meaning(status), "content": content}));
    }
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": responses,
    });
    if let Value::Object(described) = &mut described {
        if let Some(content) = content(operation.takes, generator) {
            described.insert("requestBody".into(), json!({"required": true, "content": content}));
        }
        if operation.open {
            described.insert("security".into(), json!([]));
        }
    }
    described
}

/// What the status of an error means here.
const fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is not as described here",
        401 => "The token is missing or wrong",
        404 => "There is no such thing",
        409 => "Something that is there already is in its way",
        422 => "A client would have been refused with the error in `cause`",
        503 => "The server takes no calls",
        _ => "The storage has failed",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_a_name_of_its_own_and_every_reference_leads_somewhere() {
        let description = description("http://127.0.0.1:1");
        let text = description.to_string();
        let schemas = description["components"]["schemas"].as_object().unwrap();
        for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
        let operations = operations();
        let names: BTreeSet<_> = operations.iter().map(|operation| operation.id).collect();
        assert_eq!(names.len(), operations.len());
        for operation in &operations {
            let described = &description["paths"][operation.path][operation.method];
            assert_eq!(described["operationId"], operation.id);
        }
    }

    #[test]
    fn the_documentation_names_every_path() {
        let page = include_str!("../../../../docs/control.md");
        for operation in operations().iter().filter(|operation| operation.path != "/") {
            let path =
                operation.path.replace("{name}", "NAME").replace("{to}", "NUMBER").replace("{id}", "ID");
            assert!(page.contains(&path), "docs/control.md says nothing of {path}");
        }
    }
}
