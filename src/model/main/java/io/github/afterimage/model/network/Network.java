package io.github.afterimage.model.network;

import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A trained image classifier that also gives the activations of some of its layers.
 *
 * <p>Guarantees: for each image, the activations are the named layers, each multiplied by its weight, flattened and
 * concatenated in the order named, not normalised; the probabilities sum to 1. An image's result depends on the image alone, up to float32 rounding. A call
 * that fails leaves the positions of its targets as they were.
 *
 * <p>Threads: safe; as many calls as {@link NetworkSettings#concurrency()} run at once, each with its own buffers, and
 * further ones wait.
 *
 * <p>Lifetime: holds native memory until closed. Closing waits for running calls; later calls are an
 * {@link IllegalStateException}; closing twice is harmless.
 */
public final class Network implements AutoCloseable {
    /** Images by their number, decoded when asked for. */
    @FunctionalInterface
    public interface ImageSource {
        /**
         * Gives one image.
         *
         * @param index its number
         * @return the image
         * @throws IOException if it cannot be read
         */
        Image image(int index) throws IOException;

        /**
         * Names one image, for messages.
         *
         * @param index its number
         * @return where it comes from, such as a file
         */
        default String name(int index) {
            return "image " + index;
        }
    }

    private final Path path;
    private final String sha256;
    private final NetworkSettings settings;
    private final ImageInput input;
    private final List<Layer> layers;
    private final KeyLayers key;
    private final ClassOutput output;
    private final Runner runner;

    private Network(
            ModelFile model,
            NetworkSettings settings,
            ImageInput input,
            List<Layer> layers,
            KeyLayers key,
            ClassOutput output,
            Runner runner) {
        this.path = model.path();
        this.sha256 = model.sha256();
        this.settings = settings;
        this.input = input;
        this.layers = List.copyOf(layers);
        this.key = key;
        this.output = output;
        this.runner = runner;
    }

    /**
     * Opens a model with {@link NetworkSettings#defaults()}; as {@link #open(Path, List, NetworkSettings)}.
     *
     * @param model an ONNX file
     * @param layers names of tensors, each with a weight or without; may be empty
     * @return the network
     * @throws IOException if the model cannot be read or used
     */
    public static Network open(Path model, List<String> layers) throws IOException {
        return open(model, layers, NetworkSettings.defaults());
    }

    /**
     * Opens a model.
     *
     * @param model an ONNX file; its external data, if any, beside it
     * @param layers names of float32 tensors of the graph whose first dimension is the batch, each with a weight that its
     *     activations are multiplied by, {@code NAME*WEIGHT}, or without; may be empty
     * @param settings how to run it
     * @return the network
     * @throws IllegalArgumentException if a layer or the output does not exist or cannot serve, or the preprocessing does
     *     not fit the input
     * @throws java.nio.file.NoSuchFileException if a file is missing
     * @throws ModelException if the file is not an ONNX classifier of images, or takes longer than the time limit
     * @throws IOException if it cannot be read
     */
    public static Network open(Path model, List<String> layers, NetworkSettings settings) throws IOException {
        KeyLayers key = KeyLayers.parse(layers);
        ModelFile file = ModelFile.read(model);
        String place = model.toString();
        GraphInput declared = GraphInput.find(place, file.graph());
        Graph graph = new Graph(place, file.graph(), declared.name());
        key.names().forEach(layer -> graph.require("layer", layer));
        String chosen = settings.output().orElse(null);
        List<String> candidates = ClassOutput.candidates(graph, file.graph().getOutputList(), chosen);
        ImageInput input = ImageInput.of(place, declared, settings.preprocessing());
        Set<String> wanted = new LinkedHashSet<>(key.names());
        wanted.addAll(candidates);

        Session session = Session.open(file, input, wanted, settings);
        try {
            Map<String, Layer> found = session.shapes(graph, wanted, settings.batch());
            List<Layer> named = new ArrayList<>();
            for (String layer : key.names()) {
                if (!found.containsKey(layer)) {
                    throw new IllegalArgumentException("layer \"" + layer + "\" of " + place + ", made by "
                            + graph.operator(layer) + ", cannot be a key: expected float32 with the batch first");
                }
                named.add(found.get(layer));
            }
            Map<String, Layer> scores = new LinkedHashMap<>(found);
            scores.keySet().retainAll(candidates);
            ClassOutput output = ClassOutput.choose(place, graph, scores, chosen);
            Runner runner = new Runner(place, session, input, named, key, output, found.get(output.name()), settings);
            NetworkSettings writtenOut = settings.withPreprocessing(input.preprocessing());
            return new Network(file, writtenOut, input, named, key, output, runner);
        } catch (IOException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /** The tensor that holds a model's logits. */
    static String logits(Path model, Graph graph, NetworkSettings settings) throws IOException {
        try (Network network = open(model, List.of(), settings)) {
            return network.output.logits(graph);
        }
    }

    /**
     * The tensors of a model that could be keys, with {@link NetworkSettings#defaults()}.
     *
     * @param model an ONNX file
     * @return the tensors, in the graph's order
     * @throws IOException if the model cannot be read or used
     */
    public static List<Layer> layers(Path model) throws IOException {
        return layers(model, NetworkSettings.defaults());
    }

    /**
     * The tensors of a model that could be keys, alone or together. Runs one or two zero images.
     *
     * @param model an ONNX file
     * @param settings of which the preprocessing, the threads and the batch count
     * @return the tensors, in the graph's order
     * @throws IllegalArgumentException if the model leaves its input size open and the preprocessing does not give it
     * @throws java.nio.file.NoSuchFileException if a file is missing
     * @throws ModelException if the file is not an ONNX model with one image input
     * @throws IOException if it cannot be read
     */
    public static List<Layer> layers(Path model, NetworkSettings settings) throws IOException {
        ModelFile file = ModelFile.read(model);
        GraphInput declared = GraphInput.find(model.toString(), file.graph());
        Graph graph = new Graph(model.toString(), file.graph(), declared.name());
        ImageInput input = ImageInput.of(model.toString(), declared, settings.preprocessing());
        try (Session session = Session.open(file, input, graph.tensors(), settings)) {
            return List.copyOf(
                    session.shapes(graph, graph.tensors(), settings.batch()).values());
        }
    }

    /**
     * Runs images.
     *
     * @param images each of the network's size, or of any that the preprocessing brings to it
     * @param activations receives (images, dim) float32 row-major at its position, which moves on; heap or direct; null
     *     where they are not wanted
     * @param probabilities likewise (images, classes)
     * @throws IllegalArgumentException if an image does not fit, a target has no room, or a result is not finite; the
     *     image is named
     * @throws IllegalStateException if closed, if ONNX Runtime fails, or if a run takes longer than the time limit
     */
    public void run(List<Image> images, FloatBuffer activations, FloatBuffer probabilities) {
        runner.run(
                images.size(),
                (first, count, target) -> {
                    for (int i = 0; i < count; i++) {
                        write("image " + (first + i), images.get(first + i), target);
                    }
                },
                activations,
                probabilities);
    }

    /**
     * Runs images 0 to count - 1 of a source, decoding a batch at a time in the calling thread; otherwise as
     * {@link #run(List, FloatBuffer, FloatBuffer)}.
     *
     * @param count how many
     * @param images where they come from
     * @param activations receives (count, dim), or null
     * @param probabilities receives (count, classes), or null
     * @throws IOException if the source throws it
     */
    public void run(int count, ImageSource images, FloatBuffer activations, FloatBuffer probabilities)
            throws IOException {
        runner.run(
                count,
                (first, length, target) -> {
                    for (int i = 0; i < length; i++) {
                        write(images.name(first + i), images.image(first + i), target);
                    }
                },
                activations,
                probabilities);
    }

    /**
     * Runs inputs that are preprocessed already, as by {@link #input}; otherwise as
     * {@link #run(List, FloatBuffer, FloatBuffer)}.
     *
     * @param count how many
     * @param inputs (count, input size) float32 row-major from its position, which does not move; heap or direct
     * @param activations receives (count, dim), or null
     * @param probabilities receives (count, classes), or null
     */
    public void run(int count, FloatBuffer inputs, FloatBuffer activations, FloatBuffer probabilities) {
        if (count < 0 || (long) count * inputSize() > inputs.remaining()) {
            throw new IllegalArgumentException(
                    count + " inputs of " + inputSize() + " values: " + inputs.remaining() + " values are given");
        }
        int start = inputs.position();
        runner.run(
                count,
                (first, length, target) -> {
                    int size = length * inputSize();
                    target.put(0, inputs, start + first * inputSize(), size);
                    target.position(size);
                },
                activations,
                probabilities);
    }

    private void write(String name, Image image, FloatBuffer target) {
        try {
            input.write(image, target);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    /**
     * Preprocesses one image, without running the network: puts {@link #inputSize()} values at the target's position,
     * which moves on. Safe for any number of threads, and after closing.
     *
     * @param image of the network's size, or of any that the preprocessing brings to it
     * @param target (input size) float32, in the network's layout; heap or direct
     * @throws IllegalArgumentException if the image does not fit the network's input size
     */
    public void input(Image image, FloatBuffer target) {
        if (target.remaining() < inputSize()) {
            throw new IllegalArgumentException(
                    "an input needs room for " + inputSize() + " floats: the target has " + target.remaining());
        }
        input.write(image, target);
    }

    /**
     * The part of an image that the network sees, at the size of its input, before the values are scaled, standardised
     * and put in the network's order. Safe for any number of threads, and after closing.
     *
     * @param image of the network's size, or of any that the preprocessing brings to it
     * @return a picture of {@link #inputWidth()} x {@link #inputHeight()}
     * @throws IllegalArgumentException if the image does not fit the network's input size
     */
    public Image seen(Image image) {
        return Image.computed(input.width(), input.height(), input.fitted(image));
    }

    /** {@return values per image of the layers together: the length of a key} */
    public int dim() {
        return runner.dim();
    }

    /** {@return class scores per image} */
    public int classes() {
        return output.classes();
    }

    /** {@return values per image of the input} */
    public int inputSize() {
        return input.size();
    }

    /** {@return columns of the input} */
    public int inputWidth() {
        return input.width();
    }

    /** {@return rows of the input} */
    public int inputHeight() {
        return input.height();
    }

    /** {@return the shape of one image: (3, height, width) or (height, width, 3)} */
    public List<Integer> inputShape() {
        return input.shape();
    }

    /** {@return the layers named, in order} */
    public List<Layer> layers() {
        return layers;
    }

    /** {@return the layers as they were given, {@code NAME} or {@code NAME*WEIGHT}, in order} */
    public List<String> layerTerms() {
        return key.terms();
    }

    /** {@return the tensor that the probabilities come from} */
    public String outputName() {
        return output.name();
    }

    /**
     * The SHA-256 of a model file and of the files its weights are in, in hexadecimal digits, without running it.
     *
     * @throws IOException if it cannot be read or is not an ONNX file
     */
    public static String sha256(Path model) throws IOException {
        return ModelFile.read(model).sha256();
    }

    /**
     * Identifies the model, whatever its file is called.
     *
     * @return SHA-256, in hexadecimal, of the model file, followed by its external data files, if any, in order of name
     */
    public String sha256() {
        return sha256;
    }

    /** {@return the model file} */
    public Path path() {
        return path;
    }

    /** {@return how it is run; a preset of preprocessing is written out} */
    public NetworkSettings settings() {
        return settings;
    }

    /** Waits for running calls and frees the native memory. */
    @Override
    public void close() {
        runner.close();
    }

    @Override
    public String toString() {
        return "Network[" + path + ", layers " + layerTerms() + ", " + classes() + " classes]";
    }
}
