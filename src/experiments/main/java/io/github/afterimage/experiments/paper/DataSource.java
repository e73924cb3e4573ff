package io.github.afterimage.experiments.paper;

import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.KeyLayers;
import io.github.afterimage.model.network.Layer;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Where the examples of an experiment come from. */
public interface DataSource {
    /** The layer that is the image itself, as the network gets it. */
    String IMAGE = "image";

    /** What the examples are, so that another network or other data are another part. */
    Map<String, Object> identity() throws IOException;

    /** The tensors that could be keys, in the network's order; empty for features that were made elsewhere. */
    List<Layer> layers() throws IOException;

    /**
     * Opens the examples with these layers as features.
     *
     * @param layers of {@link #layers}, each with a weight or without as in {@link KeyLayers#parse(List)}, or {@link
     *     #IMAGE} alone; empty for features that were made elsewhere
     */
    Opened open(List<String> layers) throws IOException;

    /** How many examples keys are taken from, mirror images included. */
    default int trainingSize() throws IOException {
        try (Opened opened = open(List.of())) {
            return opened.training().select(opened.rows()).size();
        }
    }

    /** How many of them are keys while θ and λ are tuned. */
    default int keys(Split.Rule rule) throws IOException {
        try (Opened opened = open(List.of())) {
            return rule.of(opened.training(), opened.rows(), opened.test())
                    .keys()
                    .size();
        }
    }

    /**
     * Examples that are open.
     *
     * @param rows the training originals that take part
     * @param sizes how many values of a feature belong to each layer, in order
     * @param owner is closed with this
     */
    record Opened(TrainingSet training, int[] rows, Examples test, List<Integer> sizes, AutoCloseable owner)
            implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try {
                owner.close();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }
}
