//! `chappe invoke`: any method of the API by hand.

use chappe_tl::dynamic::{Object, Schema, Value};
use std::io::Read;

use crate::cli::InvokeArgs;
use crate::failure::Failure;
use crate::{connect, output};

/// Encodes the call, sends it, and prints what comes back.
pub(crate) async fn run(args: InvokeArgs) -> Result<(), Failure> {
    let schema = chappe_api::api_schema();
    let arguments = if args.arguments == "-" { standard_input()? } else { args.arguments };
    let call = call(schema, &args.method, &arguments)?;
    let bytes = schema.encode(&call)?;
    if args.encode {
        return output::line(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    }
    let client = connect::client(&args.client).await?;
    let outcome = client.invoke_raw(bytes).await;
    // Whatever came back, the session is kept before the result is shown.
    client.disconnect().await?;
    let result = outcome.map_err(|error| Failure::from(error).context(&args.method))?;
    let value = schema.decode_result(&call, &result)?;
    print(schema, &value, args.client.json)
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

fn print(schema: &Schema, value: &Value, compact: bool) -> Result<(), Failure> {
    let json = schema.to_json(value)?;
    if compact { output::line(json) } else { output::line(format_args!("{json:#}")) }
}
