package io.github.afterimage.experiments.protocol;

import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.model.network.Layer;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The source of an experiment's examples. */
public interface ExampleSource {
    /** The name of the layer that is the image itself, as the network reads it. */
    String IMAGE = "image";

    /** Returns a description of the network and the data; the parts of an experiment are kept under it. */
    Map<String, Object> identity() throws IOException;

    /** Returns the tensors that can be keys, in the network's order; empty for features from a file. */
    List<Layer> layers() throws IOException;

    /**
     * Opens the examples with these layers as features.
     *
     * @param layers names of {@link #layers}, each with or without a weight as in {@link KeyLayers#parse(List)}, or {@link
     *     #IMAGE} alone; empty for features from a file
     */
    OpenExamples open(List<String> layers) throws IOException;

    /** Returns the number of training examples, with mirror images. */
    default int trainingSize() throws IOException {
        try (OpenExamples opened = open(List.of())) {
            return opened.participants().size();
        }
    }
}
