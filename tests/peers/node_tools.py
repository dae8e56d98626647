"""Real tools from npm: Prism as a GSMA platform, and Mojaloop's own health handler."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers import configuration
from tests.peers.launch import CACHE, Process, free_port, require

PRISM = "@stoplight/prism-cli@5.14.2"
MOJALOOP = ("@mojaloop/central-services-health@15.2.3", "@mojaloop/central-services-shared@18.38.2")
INSTALL_SECONDS = 240
HEALTH = """
const Hapi = require('@hapi/hapi')
const { defaultHealthHandler } = require('@mojaloop/central-services-health')
const { HealthCheck } = require('@mojaloop/central-services-shared').HealthCheck
const down = new Set((process.env.DOWN || '').split(','))
const part = name => async () => ({ name, status: down.has(name) ? 'DOWN' : 'OK' })
const check = new HealthCheck({ version: '1.0.0' }, [part('datastore'), part('broker')])
const server = Hapi.server({ host: '127.0.0.1', port: process.env.PORT })
server.route({ method: 'GET', path: '/health', handler: defaultHealthHandler(check) })
server.route({ method: 'GET', path: '/ready', handler: () => 'yes' })
server.start()
"""


def installed(name: str, *packages: str) -> Path:
    """Return the folder into which packages were installed by npm, once for all runs."""
    folder = CACHE / name
    if (folder / "node_modules").exists():
        return folder
    if shutil.which("npm") is None or shutil.which("node") is None:
        require(f"npm and node are not installed, {name} is from npm")
    fresh = CACHE / f"{name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        subprocess.run(
            [*command, "--prefix", str(fresh), *packages],
            check=True,
            capture_output=True,
            timeout=INSTALL_SECONDS,
        )
    except (subprocess.SubprocessError, OSError) as error:
        require(f"npm could not install {name}: {error}")
    fresh.rename(folder)
    return folder


@contextmanager
def prism(folder: Path) -> Iterator[Process]:
    """Run Prism with a heartbeat document; ``Prefer: code=503`` and the like choose its answer."""
    home = installed("prism-5.14.2", PRISM)
    document = folder / "heartbeat.json"
    document.write_text(configuration.heartbeat_document())
    port = free_port()
    program = str(home / "node_modules" / ".bin" / "prism")
    command = [program, "mock", "-h", "127.0.0.1", "-p", str(port), str(document)]
    process = Process("prism", command, folder, f"http://127.0.0.1:{port}/heartbeat")
    try:
        yield process.start(60)
    finally:
        process.stop()


@contextmanager
def mojaloop(folder: Path, down: str = "") -> Iterator[str]:
    """Run Mojaloop's health handler with parts ``down``; yield the address of its page."""
    home = installed("mojaloop-health-15.2.3", *MOJALOOP)
    script = folder / "health.js"
    script.write_text(HEALTH)
    port = free_port()
    environment = {"NODE_PATH": str(home / "node_modules"), "DOWN": down, "PORT": str(port)}
    process = Process(
        "mojaloop", ["node", str(script)], folder, f"http://127.0.0.1:{port}/ready", environment
    )
    try:
        process.start(30)
        yield f"http://127.0.0.1:{port}/health"
    finally:
        process.stop()
