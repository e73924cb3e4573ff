package io.github.afterimage.model;

import io.github.afterimage.CacheReader;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The origin of an index's keys. The index stores it in its file, and queries are computed in the same way.
 *
 * @param sha256 the SHA-256 of the network's file, in hexadecimal digits
 * @param layers the tensors of a key, in order, each as {@code NAME} or {@code NAME*WEIGHT}
 * @param preprocessing the preprocessing of images, as {@link io.github.afterimage.model.network.Preprocessing#parse} reads it
 * @param output the network's output with its probabilities
 * @param classes the positions of the index's classes among those of the output; empty if both have the same
 * @param memoryAlone whether the network has other classes than the index; the memory then answers alone
 */
public record KeySource(
        String sha256,
        List<String> layers,
        String preprocessing,
        String output,
        List<Integer> classes,
        boolean memoryAlone) {
    private static final String SHA256 = "network.sha256";
    private static final String LAYERS = "network.layers";
    private static final String PREPROCESSING = "network.preprocessing";
    private static final String OUTPUT = "network.output";
    private static final String CLASSES = "network.classes";
    private static final String MEMORY_ALONE = "network.cacheOnly"; // as in files that exist

    /** Copies the lists. */
    public KeySource {
        layers = List.copyOf(layers);
        classes = List.copyOf(classes);
    }

    /** {@return the origin of keys that an open network makes} */
    public static KeySource of(Network network, boolean memoryAlone) {
        return new KeySource(
                network.sha256(),
                network.layerTerms(),
                network.settings().preprocessing().toString(),
                network.outputName(),
                network.settings().classes(),
                memoryAlone);
    }

    /** {@return this source as attributes of an index} */
    public Map<String, String> toAttributes() {
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put(SHA256, sha256);
        attributes.put(LAYERS, String.join("\n", layers));
        attributes.put(PREPROCESSING, preprocessing);
        attributes.put(OUTPUT, output);
        if (!classes.isEmpty()) {
            attributes.put(CLASSES, classes.stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
        if (memoryAlone) {
            attributes.put(MEMORY_ALONE, "true");
        }
        return attributes;
    }

    /** {@return whether an index comes from a network of other classes than its own; the memory then answers alone} */
    public static boolean isMemoryAlone(CacheReader index) {
        return of(index).map(KeySource::memoryAlone).orElse(false);
    }

    /** {@return the source of an index; empty if it was built from features} */
    public static Optional<KeySource> of(CacheReader index) {
        Map<String, String> attributes = index.attributes();
        return Optional.ofNullable(attributes.get(SHA256))
                .map(sha256 -> new KeySource(
                        sha256,
                        List.of(attributes.getOrDefault(LAYERS, "").split("\n")),
                        attributes.getOrDefault(PREPROCESSING, ""),
                        attributes.getOrDefault(OUTPUT, ""),
                        classes(attributes.getOrDefault(CLASSES, "")),
                        Boolean.parseBoolean(attributes.get(MEMORY_ALONE))));
    }

    private static List<Integer> classes(String numbers) {
        if (!numbers.matches("(\\d{1,9}(,\\d{1,9})*)?")) {
            throw new IllegalArgumentException(
                    "the index's attribute " + CLASSES + " is \"" + numbers + "\": expected numbers such as 207,208");
        }
        return numbers.isEmpty()
                ? List.of()
                : Stream.of(numbers.split(",")).map(Integer::valueOf).toList();
    }

    /**
     * Opens a network with the layers, the preprocessing and the classes that are stored in an index. It has the spare classes
     * of the index too, with the probability 0. It sees as many views of an image as the settings say.
     *
     * @throws IllegalArgumentException if the index was not built with this network
     */
    public static Network network(Path file, CacheReader index, NetworkSettings settings) throws IOException {
        KeySource source = require(file, index);
        return Network.open(
                file,
                source.layers(),
                source.settings(settings).withSpareClasses(index.format().spareClasses()));
    }

    /** Returns the source of an index's keys after a check that it is this network. */
    static KeySource require(Path file, CacheReader index) throws IOException {
        KeySource source = of(index)
                .orElseThrow(() -> new IllegalArgumentException(
                        "the index was made from features, not with a network: query it with features"));
        source.requireNetwork(file, Network.sha256(file));
        return source;
    }

    private void requireNetwork(Path file, String other) {
        if (!other.equals(sha256)) {
            throw new IllegalArgumentException(
                    file + " is another network than the index was made with, or another export of it: its sha256 is "
                            + other + ", expected " + sha256);
        }
    }

    /** Returns settings with the preprocessing, the output and the classes of this source. */
    NetworkSettings settings(NetworkSettings settings) {
        return settings.withPreprocessing(Preprocessing.parse(preprocessing))
                .withOutput(output)
                .withClasses(classes);
    }

    /**
     * Checks that an open network computes queries as the keys were computed.
     *
     * @throws IllegalArgumentException if the file, the layers, the preprocessing, the output or the classes differ
     */
    void requireSame(Network network) {
        requireNetwork(network.path(), network.sha256());
        requireSame(network, "layers", network.layerTerms(), layers);
        requireSame(network, "preprocessing", network.settings().preprocessing(), Preprocessing.parse(preprocessing));
        requireSame(network, "output", network.outputName(), output);
        requireSame(network, "classes", network.settings().classes(), classes);
    }

    private static void requireSame(Network network, String property, Object value, Object expected) {
        if (!value.equals(expected)) {
            throw new IllegalArgumentException("the network " + network.path() + " was opened with " + property + " "
                    + value + ": expected those of the index, " + expected + "; KeySource.network opens it so");
        }
    }
}
