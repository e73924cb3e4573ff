package io.github.afterimage.model.network;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A trained image classifier that also returns the activations of some of its layers.
 *
 * <pre>{@code
 * try (Network network = Network.open(Path.of("resnet20.onnx"), List.of("activation_14", "activation_18*2"))) {
 *     List<Image> images = List.of(Image.read(Path.of("horse.png")));
 *     FloatBuffer activations = FloatBuffer.allocate(images.size() * network.dim());
 *     FloatBuffer probabilities = FloatBuffer.allocate(images.size() * network.classes());
 *     network.run(images, activations, probabilities);
 * }
 * }</pre>
 *
 * <p>Guarantees: the activations of an image are the named layers, each multiplied by its weight and flattened, concatenated
 * in the given order and not normalised. The probabilities sum to 1. An image's result depends on this image alone, up to
 * float32 rounding. A call that fails leaves the positions of its targets unchanged.
 *
 * <p>Threads: safe. {@link NetworkSettings#concurrency()} calls run at once, each with its own buffers; further calls wait.
 *
 * <p>Lifetime: holds native memory until closed. Closing waits for running calls; later calls throw
 * {@link IllegalStateException}; closing twice is harmless.
 */
public final class Network implements AutoCloseable {
    private final Path path;
    private final String sha256;
    private final NetworkSettings settings;
    private final KeyLayers key;
    private final Runner runner;
    private final String logits;

    private Network(ModelFile model, NetworkSettings settings, KeyLayers key, Runner runner, String logits) {
        this.path = model.path();
        this.sha256 = model.sha256();
        this.settings = settings;
        this.key = key;
        this.runner = runner;
        this.logits = logits;
    }

    /**
     * Opens a model with {@link NetworkSettings#defaults()}; see {@link #open(Path, List, NetworkSettings)}.
     *
     * @throws IOException if the model cannot be read or used
     */
    public static Network open(Path model, List<String> layers) throws IOException {
        return open(model, layers, NetworkSettings.defaults());
    }

    /**
     * Opens a model.
     *
     * @param model an ONNX file; its external data, if any, in the same folder
     * @param layers float32 tensors of the graph whose first dimension is the batch, each as {@code NAME} or
     *     {@code NAME*WEIGHT}; may be empty
     * @throws IllegalArgumentException if a layer, the output or a class does not exist, a tensor has another shape or type, or
     *     the preprocessing does not match the input
     * @throws java.nio.file.NoSuchFileException if a file is missing
     * @throws ModelException if the file is not an ONNX classifier of images, or exceeds the time limit
     * @throws IOException if the file cannot be read
     */
    public static Network open(Path model, List<String> layers, NetworkSettings settings) throws IOException {
        KeyLayers key = KeyLayers.parse(layers);
        ImageModel source = ImageModel.read(model, settings);
        Graph graph = source.graph();
        key.names().forEach(layer -> graph.require("layer", layer));
        String chosen = settings.output().orElse(null);
        List<String> candidates =
                ClassOutput.candidates(graph, source.file().graph().getOutputList(), chosen);
        Set<String> wanted = new LinkedHashSet<>(key.names());
        wanted.addAll(candidates);
        Session session = source.open(wanted, settings);
        try {
            Map<String, Layer> found = session.shapes(graph, wanted, settings.batch());
            for (String layer : key.names()) {
                if (!found.containsKey(layer)) {
                    throw new IllegalArgumentException("layer \"" + layer + "\" of " + model + ", made by "
                            + graph.operator(layer) + ", cannot be a key: expected float32 with the batch first");
                }
            }
            Map<String, Layer> scores = new LinkedHashMap<>(found);
            scores.keySet().retainAll(candidates);
            ClassOutput output = ClassOutput.choose(model.toString(), graph, scores, settings);
            Runner runner = new Runner(model, session, source.input(), WeightedLayer.of(key, found), output, settings);
            NetworkSettings writtenOut =
                    settings.withPreprocessing(source.input().preprocessing());
            return new Network(source.file(), writtenOut, key, runner, output.logits(graph));
        } catch (IOException | RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    /** {@return the tensor that holds a model's logits} */
    static String logits(Path model, NetworkSettings settings) throws IOException {
        try (Network network = open(model, List.of(), settings)) {
            return network.logits();
        }
    }

    /**
     * Lists the tensors of a model that can be keys, alone or together. Runs the model on one or two images of zeros.
     *
     * @param settings only preprocessing, threads and batch are used
     * @return the tensors, in the graph's order
     * @throws IllegalArgumentException if neither the model nor the preprocessing gives the size of the input
     * @throws java.nio.file.NoSuchFileException if a file is missing
     * @throws ModelException if the file is not an ONNX model with one image input
     * @throws IOException if the file cannot be read
     */
    public static List<Layer> layers(Path model, NetworkSettings settings) throws IOException {
        ImageModel source = ImageModel.read(model, settings);
        List<String> tensors = source.graph().tensors();
        try (Session session = source.open(tensors, settings)) {
            return List.copyOf(
                    session.shapes(source.graph(), tensors, settings.batch()).values());
        }
    }

    /**
     * Runs images.
     *
     * @param images each of the network's input size, or of a size that the preprocessing changes to it
     * @param activations receives {@code (images, dim)} float32 row-major at its position, which moves on; heap or direct;
     *     null to leave them out
     * @param probabilities receives {@code (images, classes)} likewise; null to leave them out
     * @throws IllegalArgumentException if an image does not fit, a target is too small, or a result is not finite; the
     *     message names the image
     * @throws IllegalStateException if closed, if ONNX Runtime fails, or if a run exceeds the time limit
     */
    public void run(List<Image> images, @Nullable FloatBuffer activations, @Nullable FloatBuffer probabilities) {
        Runner.Filler<RuntimeException> filler = (first, count, target) -> {
            for (int i = first; i < first + count; i++) {
                write("image " + i, images.get(i), target);
            }
        };
        runner.run(images.size(), filler, activations, probabilities);
    }

    /** Runs one image that messages call {@code name}. */
    void run(String name, Image image, FloatBuffer activations) {
        runner.run(1, (first, count, target) -> write(name, image, target), activations, null);
    }

    /**
     * Runs images {@code first} to {@code first + count - 1} of a set, which it decodes a batch at a time in the calling thread;
     * otherwise as {@link #run(List, FloatBuffer, FloatBuffer)}.
     *
     * @param activations receives {@code (count, dim)}; may be null
     * @param probabilities receives {@code (count, classes)}; may be null
     * @throws IOException if an image cannot be read
     */
    public void run(
            ImageSet images,
            int first,
            int count,
            @Nullable FloatBuffer activations,
            @Nullable FloatBuffer probabilities)
            throws IOException {
        Runner.Filler<IOException> filler = (start, length, target) -> {
            for (int i = first + start; i < first + start + length; i++) {
                write(images.imageName(i), images.image(i), target);
            }
        };
        runner.run(count, filler, activations, probabilities);
    }

    /**
     * Runs inputs that are preprocessed already, as by {@link #input}; otherwise as
     * {@link #run(List, FloatBuffer, FloatBuffer)}.
     *
     * @param inputs {@code (count, inputSize)} float32 row-major from its position, which does not move; heap or direct
     * @param activations receives {@code (count, dim)}; may be null
     * @param probabilities receives {@code (count, classes)}; may be null
     */
    public void run(
            int count, FloatBuffer inputs, @Nullable FloatBuffer activations, @Nullable FloatBuffer probabilities) {
        if (count < 0 || (long) count * inputSize() > inputs.remaining()) {
            throw new IllegalArgumentException(
                    count + " inputs of " + inputSize() + " values: " + inputs.remaining() + " values are given");
        }
        int start = inputs.position();
        Runner.Filler<RuntimeException> filler = (first, length, target) -> {
            int size = length * inputSize();
            target.put(0, inputs, start + first * inputSize(), size);
            target.position(size);
        };
        runner.run(count, filler, activations, probabilities);
    }

    private void write(String name, Image image, FloatBuffer target) {
        try {
            runner.input().write(image, target);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    /**
     * Preprocesses one image without running the network. Safe for any number of threads, and after closing.
     *
     * @param image of the network's input size, or of a size that the preprocessing changes to it
     * @param target receives {@link #inputSize()} values in the network's layout at its position, which moves on; heap or
     *     direct
     * @throws IllegalArgumentException if the image does not fit the network's input size, or the target is too small
     */
    public void input(Image image, FloatBuffer target) {
        if (target.remaining() < inputSize()) {
            throw new IllegalArgumentException(
                    "an input needs room for " + inputSize() + " floats: the target has " + target.remaining());
        }
        runner.input().write(image, target);
    }

    /**
     * Resizes and crops an image as the preprocessing does, and leaves its values and their order unchanged. Safe for any
     * number of threads, and after closing.
     *
     * @param image of the network's input size, or of a size that the preprocessing changes to it
     * @return an image of the network's input size
     * @throws IllegalArgumentException if the image does not fit the network's input size
     */
    public Image resized(Image image) {
        return runner.input().resized(image);
    }

    /** {@return values per image of the layers together: the length of a key} */
    public int dim() {
        return runner.dim();
    }

    /** {@return the classes of an image: those in play, and spare ones} */
    public int classes() {
        return runner.classes();
    }

    /** {@return values per image of the input} */
    public int inputSize() {
        return runner.input().size();
    }

    /** {@return the shape of one image: (3, height, width) or (height, width, 3)} */
    public List<Integer> inputShape() {
        return runner.input().shape();
    }

    /** {@return the positions of the classes in play among the network's} */
    int[] outputs() {
        return runner.output().classes();
    }

    ImageInput imageInput() {
        return runner.input();
    }

    /** {@return the layers of a key, in order} */
    public List<Layer> layers() {
        return runner.layers().stream().map(WeightedLayer::layer).toList();
    }

    /** {@return the layers as {@link #open} takes them: {@code NAME} or {@code NAME*WEIGHT}, in order} */
    public List<String> layerTerms() {
        return key.terms();
    }

    /** {@return the tensor that the probabilities come from} */
    public String outputName() {
        return runner.output().name();
    }

    /** {@return the tensor that holds the logits of all classes: the output, or what its softmax is computed from} */
    public String logits() {
        return logits;
    }

    /**
     * Computes the {@link #sha256()} of a model file without running the model.
     *
     * @throws IOException if the file cannot be read or is not an ONNX file
     */
    public static String sha256(Path model) throws IOException {
        return ModelFile.read(model).sha256();
    }

    /** {@return the SHA-256, in hexadecimal, of the model file followed by its external data files in order of name} */
    public String sha256() {
        return sha256;
    }

    /** {@return the model file} */
    public Path path() {
        return path;
    }

    /** {@return the settings; a preset of preprocessing is replaced by its steps} */
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
