"""Checks deployment files against published schemas and prints what they hold as JSON.

    validate.py COMPOSE_FILE KUBERNETES_FILE...
"""
import json
import sys

import compose_spec
import kubernetes_validate
import yaml

KUBERNETES_VERSION = "1.33"


def compose(path):
    with open(path) as file:
        text = file.read()
    # What YAML merges is written out first: the schema's reader knows no anchors.
    merged = yaml.safe_load(text)
    compose_spec.PyCompose.from_yaml(yaml.safe_dump(merged))
    return merged


def kubernetes(path):
    with open(path) as file:
        documents = list(yaml.safe_load_all(file))
    for document in documents:
        if document["apiVersion"].startswith("monitoring.coreos.com/"):
            continue  # not Kubernetes' own
        name = f"{path}: {document['kind']} {document['metadata']['name']}"
        try:
            kubernetes_validate.validate(document, KUBERNETES_VERSION, strict=True)
        except Exception as error:
            raise SystemExit(f"{name}: {getattr(error, 'message', error)}") from error
    return documents


def main():
    compose_path, *kubernetes_paths = sys.argv[1:]
    documents = [each for path in kubernetes_paths for each in kubernetes(path)]
    print(json.dumps({"compose": compose(compose_path), "kubernetes": documents}))


main()
