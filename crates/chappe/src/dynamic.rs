//! Calls whose method is known only when the program runs.

pub use chappe_api::api_schema;
pub use chappe_tl::dynamic::{Object, Schema, Value};

use crate::call::InvokeOptions;
use crate::client::Client;
use crate::error::{Error, ErrorKind};

impl Client {
    /// Calls a method by its name, with arguments and answer as JSON: objects carry the name of their constructor in
    /// `"_"`, bytes are base64, 64-bit numbers may be texts, flags are left out.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let arguments = serde_json::json!({ "id": [{ "_": "inputUserSelf" }] });
    /// let users = client.invoke_json("users.getUsers", &arguments).await?;
    /// println!("{}", users[0]["first_name"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if there is no such method, or an argument is missing, misspelt or of another type; the message
    /// says which and what is near to it. Otherwise as for [`Client::invoke`].
    pub async fn invoke_json(
        &self,
        method: &str,
        arguments: &serde_json::Value,
    ) -> Result<serde_json::Value, Error> {
        let call = api_schema().from_json_call(method, arguments).map_err(unusable)?;
        let answer = self.invoke_dynamic(&call, InvokeOptions::default()).await?;
        api_schema().to_json(&answer).map_err(unreadable)
    }

    /// Calls a method that was put together at run time, with the schema of the API ([`api_schema`]).
    ///
    /// ```no_run
    /// use chappe::dynamic::api_schema;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let call = api_schema().object("help.getNearestDc")?;
    /// let answer = client.invoke_dynamic(&call, chappe::InvokeOptions::default()).await?;
    /// println!("{answer:?}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if the object is incomplete or no method; otherwise as for [`Client::invoke`].
    pub async fn invoke_dynamic(&self, call: &Object, options: InvokeOptions) -> Result<Value, Error> {
        let schema = api_schema();
        let body = schema.encode(call).map_err(unusable)?;
        let answer = self.invoke_raw_with(body, options).await?;
        schema.decode_result(call, &answer).map_err(unreadable)
    }
}

fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::with_source(ErrorKind::Argument, error.to_string(), error)
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::with_source(ErrorKind::Protocol, format!("the answer cannot be read: {error}"), error)
}
