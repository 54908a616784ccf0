//! The programs of `docs/examples`, which speak to `chappe rpc`: here a missing interpreter is an error.

use crate::Result;
use crate::process::execute;

pub(super) fn run() -> Result<()> {
    println!("== rpc");
    let test = ["test", "--workspace", "--test", "rpc_examples"];
    execute(crate::process::cargo().args(test).env("CHAPPE_EXAMPLES", "required"))
}
