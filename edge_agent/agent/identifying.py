"""Wires the store's own identity: where it is used, and the loop that keeps it."""

import asyncio
from functools import partial

from edge_agent.adapters.enrolment_client import EnrolmentClient
from edge_agent.adapters.identity_care import FolderCare, trial_at
from edge_agent.adapters.identity_folder import IdentityFolder
from edge_agent.agent.standing import Agent
from edge_agent.config import EdgeConfig, credentials_folder
from edge_agent.loops.keep_identity import keep_identity
from edge_agent.loops.notice_enrolment import notice_enrolment
from endcap.plumbing.mqtt_settings import TlsSettings
from endcap.plumbing.supervisor import Loop


def identity_folder(config: EdgeConfig) -> IdentityFolder:
    """Return where the store's identity is, or will be."""
    return IdentityFolder(config.storage.identity, config.store.id, credentials_folder())


def identified(config: EdgeConfig) -> EdgeConfig:
    """Return `config` with the store's own identity wherever it names no files of TLS.

    The paths stay the same when the identity is renewed: what they lead to changes.
    """
    folder = identity_folder(config)
    if not folder.exists:
        return config
    certificate, key = folder.pair()
    # They were made by us and are judged when they are used: nothing is to be checked here.
    tls = TlsSettings.model_construct(ca=folder.authority, certificate=certificate, key=key)
    sections = {
        name: section.model_copy(update={"tls": tls})
        for name, section in (("mqtt", config.mqtt), ("updates", config.updates))
        if section is not None and section.tls is None
    }
    return config.model_copy(update=sections)


def keeping(agent: Agent) -> dict[str, Loop]:
    """Return the loops that keep the store's identity, and notice that it was given another."""
    config, folder = agent.config, identity_folder(agent.config)
    loops: dict[str, Loop] = {}
    if agent.launch is not None:  # somebody is there who starts it again
        asked = partial(asyncio.to_thread, lambda: folder.authority_in_use)
        loops["notice-enrolment"] = partial(notice_enrolment, asked, agent.again.set, agent.clock)
    if not folder.exists:
        return loops
    trial = None
    if config.mqtt is not None:
        trial = trial_at(config.mqtt.broker(config.store.id), folder, agent.clock, agent.rng)
    care = FolderCare(folder, EnrolmentClient(folder, config.store.id), trial)
    keep = partial(keep_identity, care, agent.health, agent.clock, agent.rng)
    return {**loops, "keep-identity": keep}
