// Renders a folder with a kustomization.yaml, as `kubectl kustomize` does:  kustomize FOLDER
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	k := krusty.MakeKustomizer(krusty.MakeDefaultOptions())
	m, err := k.Run(filesys.MakeFsOnDisk(), os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	y, err := m.AsYaml()
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(y)
}
