package io.github.afterimage.model.network;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * A model file that has one image input. Holds the whole file in memory.
 *
 * @param graph the tensors that depend on the image
 * @param input the image input with the preprocessing of the settings
 */
record ImageModel(ModelFile file, Graph graph, ImageInput input) {
    static ImageModel read(Path path, List<String> layers, NetworkSettings settings) throws IOException {
        ModelFile file = ModelFile.read(path, layers);
        String place = path.toString();
        GraphInput declared = GraphInput.find(place, file.graph);
        Graph graph = new Graph(place, file.graph, declared.name());
        return new ImageModel(file, graph, ImageInput.of(place, declared, settings.preprocessing()));
    }

    Session open(Collection<String> outputs, NetworkSettings settings) throws ModelException {
        return Session.open(file, file.outputs(outputs), input, settings);
    }
}
