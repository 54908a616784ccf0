//! `chappe invoke`: any method of the API by hand.

use std::io::Read;

use chappe::Client;
use chappe_tl::dynamic::{Object, Schema};

use crate::cli::InvokeArgs;
use crate::failure::Failure;
use crate::{connect, output};

/// Encodes the call, sends it, and prints what comes back.
pub(crate) async fn run(args: InvokeArgs) -> Result<(), Failure> {
    let schema = chappe_api::api_schema();
    let arguments = if args.arguments == "-" { standard_input()? } else { args.arguments };
    let call = call(schema, &args.method, &arguments)?;
    if args.encode {
        let bytes = schema.encode(&call)?;
        return output::line(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    }
    let outcome = connect::with_client(&args.client, async |client| send(client, &call).await).await;
    let json = outcome.map_err(|failure| failure.context(&args.method))?;
    if args.client.json { output::line(json) } else { output::line(format_args!("{json:#}")) }
}

/// Makes a call and gives its result as JSON.
pub(crate) async fn send(client: &Client, call: &Object) -> Result<serde_json::Value, Failure> {
    let schema = chappe_api::api_schema();
    let result = client.invoke_raw(schema.encode(call)?).await?;
    Ok(schema.to_json(&schema.decode_result(call, &result)?)?)
}

/// The call as an object of the schema.
fn call(schema: &Schema, method: &str, arguments: &str) -> Result<Object, Failure> {
    let json = serde_json::from_str(arguments).map_err(|error| {
        Failure::usage(format!("the arguments are not JSON: {error}; put them in single quotes"))
    })?;
    schema.from_json_call(method, &json).map_err(|error| Failure::usage(error.to_string()))
}

fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("standard input cannot be read: {error}")))?;
    Ok(text)
}
