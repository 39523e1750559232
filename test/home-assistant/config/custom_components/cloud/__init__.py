"""A stand-in for Home Assistant Cloud, which no test can log in to.

It answers the commands that the cloud page sends, from files that the test writes: cloud_status.json in the
configuration folder is the whole reply to cloud/status, but for a "delay" in seconds.
"""

import asyncio
import json
from pathlib import Path

import voluptuous as vol

from homeassistant.components import websocket_api
from homeassistant.exceptions import HomeAssistantError


class CloudNotAvailable(HomeAssistantError):
    """What the core expects this module to raise."""


def async_remote_ui_url(hass):
    raise CloudNotAvailable


def async_active_subscription(hass):
    return True


def async_is_connected(hass):
    return True


def async_is_logged_in(hass):
    return True


@websocket_api.websocket_command({vol.Required("type"): "cloud/status"})
@websocket_api.async_response
async def status(hass, connection, message):
    file = Path(hass.config.path("cloud_status.json"))
    text = await hass.async_add_executor_job(file.read_text)
    told = json.loads(text)
    await asyncio.sleep(told.pop("delay", 0))
    connection.send_result(message["id"], told)


@websocket_api.websocket_command({vol.Required("type"): "cloud/subscription"})
@websocket_api.async_response
async def subscription(hass, connection, message):
    connection.send_result(message["id"], {"human_description": "", "provider": None})


@websocket_api.websocket_command({vol.Required("type"): "cloud/tts/info"})
@websocket_api.async_response
async def tts(hass, connection, message):
    connection.send_result(message["id"], {"languages": []})


@websocket_api.websocket_command({vol.Required("type"): "webhook/list"})
@websocket_api.async_response
async def webhooks(hass, connection, message):
    connection.send_result(message["id"], [])


async def async_setup(hass, config):
    for command in (status, subscription, tts, webhooks):
        websocket_api.async_register_command(hass, command)
    return True
