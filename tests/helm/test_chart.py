"""The chart is rendered by the real helm, and what comes out is held against the Kubernetes schemas and our own demands."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from service.settings import ROOT, Settings

CHART = ROOT / "helm" / "lumbar-triage"
FETCHED = ROOT / ".helm" / "helm"
HELM = str(FETCHED) if FETCHED.exists() else shutil.which("helm")
pytestmark = pytest.mark.skipif(HELM is None, reason="helm is missing: make helm fetches it")

EVERYTHING = {
    "ingress.enabled": "true",
    "ingress.host": "triage.example",
    "ingress.tlsSecret": "tls",
    "serviceMonitor.enabled": "true",
    "service.policy": "version: 1",
    "service.licensedTexts": "licensed-texts",
    "service.prognosis": "prognosis",
    "service.signingKeySecret": "signing-key",
    "runtime": "gpu",
}


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(HELM), *arguments], capture_output=True, text=True, check=False)  # noqa: S603


def render(values: dict[str, str] | None = None) -> dict[str, Any]:
    """Kind to document."""
    sets = [part for key, value in (values or {}).items() for part in ("--set", f"{key}={value}")]
    done = helm("template", "test", str(CHART), *sets)
    assert done.returncode == 0, done.stderr
    return {document["kind"]: document for document in yaml.safe_load_all(done.stdout) if document}


def pod(documents: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = documents["Deployment"]["spec"]["template"]["spec"]
    return spec


def environment(documents: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in pod(documents)["containers"][0]["env"]}


def test_lints() -> None:
    done = helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", ["1.28", "1.31", "1.34"])
@pytest.mark.parametrize("values", [{}, EVERYTHING, {"autoscaling.enabled": "false"}], ids=["default", "all", "fixed"])
def test_fits_the_kubernetes_schemas(version: str, values: dict[str, str]) -> None:
    for kind, document in render(values).items():
        if kind != "ServiceMonitor":  # the Prometheus operator's own
            kubernetes_validate.validate(document, version, strict=True)


def test_a_wrong_manifest_does_not_fit_the_kubernetes_schemas() -> None:
    broken = render()["Deployment"]
    broken["spec"]["selector"] = "nonsense"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, "1.31", strict=True)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("runtime", "tpu"),
        ("autoscaling.minReplicas", "many"),
        ("service.frameAncestors[0]", "*"),
        ("ingress.enabled", "true"),
        ("image.digest", "latest"),
        ("nonsense", "1"),
    ],
)
def test_refuses_wrong_values(key: str, value: str) -> None:
    done = helm("template", "test", str(CHART), "--set", f"{key}={value}")
    assert done.returncode != 0


def test_the_pod_may_do_nothing_that_it_need_not() -> None:
    documents = render()
    spec = pod(documents)
    container = spec["containers"][0]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert all(volume["emptyDir"]["medium"] == "Memory" for volume in spec["volumes"])
    assert documents["NetworkPolicy"]["spec"]["egress"] == []


def test_probes_ask_what_the_service_answers() -> None:
    container = pod(render())["containers"][0]
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_a_gpu_pod_asks_for_a_gpu_and_expects_to_run_on_it() -> None:
    documents = render({"runtime": "gpu"})
    assert pod(documents)["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert environment(documents)["LUMBAR_TRIAGE_PROVIDER"] == "cuda"
    assert "nvidia.com/gpu" not in pod(render())["containers"][0]["resources"]["limits"]


def test_the_signing_key_is_mounted_where_the_service_looks_for_it() -> None:
    documents = render({"service.signingKeySecret": "signing-key"})
    mounts = {mount["name"]: mount for mount in pod(documents)["containers"][0]["volumeMounts"]}
    assert environment(documents)["LUMBAR_TRIAGE_SIGNING_KEY"] == f"{mounts['signing-key']['mountPath']}/key.pem"
    assert mounts["signing-key"]["readOnly"]


def test_what_the_site_supplies_is_mounted_where_the_service_looks_for_it() -> None:
    documents = render({"service.licensedTexts": "texts", "service.prognosis": "models"})
    mounts = {mount["name"]: mount["mountPath"] for mount in pod(documents)["containers"][0]["volumeMounts"]}
    told = environment(documents)
    assert told["LUMBAR_TRIAGE_LICENSED_TEXTS"] == f"{mounts['licensed-texts']}/texts.yaml"
    assert told["LUMBAR_TRIAGE_PROGNOSIS"] == mounts["prognosis"]
    assert {volume["name"] for volume in pod(documents)["volumes"]} == set(mounts)


def test_the_settings_take_the_environment_of_the_pod(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(
        json.dumps(
            {
                "service": {
                    "frameAncestors": ["https://ehr.example"],
                    "settings": {"threads": 3, "odiMissing": "prorate_any"},
                }
            }
        )
    )
    done = helm("template", "test", str(CHART), "-f", str(values))
    documents = {document["kind"]: document for document in yaml.safe_load_all(done.stdout) if document}
    for name, value in environment(documents).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.frame_ancestors == ("https://ehr.example",)
    assert (settings.odi_missing, settings.eq5d_3l_value_set) == ("prorate_any", "nl-3l-2006")
    assert (settings.threads, settings.host, settings.provider) == (3, "0.0.0.0", "cpu")  # noqa: S104
