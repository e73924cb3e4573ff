package io.github.afterimage.experiments.options;

import io.github.afterimage.model.network.KeyLayers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The layers of an experiment's keys. */
public final class KeyLayersOption {
    @Option(
            names = "--layers",
            paramLabel = "LAYERS",
            description = "The layers of a key, separated by commas, each with a weight or without: "
                    + "activation_14,activation_18*2.")
    private @Nullable String text;

    /**
     * Returns the layers; none for features.
     *
     * @throws IllegalArgumentException if images come without layers
     */
    public KeyLayers require(boolean features) {
        if (text == null && !features) {
            throw new IllegalArgumentException(
                    "images need --layers: name the layers that make a key; \"layers MODEL\" lists them");
        }
        return chosen();
    }

    /** The layers that are given; none for features. */
    public KeyLayers chosen() {
        return text == null ? KeyLayers.of(List.of()) : KeyLayers.parse(text);
    }
}
