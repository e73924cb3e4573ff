package io.github.afterimage.model.network;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.platform.Lifetime;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A trained image classifier that also returns the activations of some of its layers.
 *
 * <pre>{@code
 * try (Network network = Network.open(Path.of("resnet20.onnx"), List.of("activation_14", "activation_18*2"))) {
 *     List<Image> images = List.of(Image.read(Path.of("horse.png")));
 *     FloatBuffer activations = FloatBuffer.allocate(images.size() * network.dim());
 *     FloatBuffer probabilities = FloatBuffer.allocate(images.size() * network.probabilityValues());
 *     network.run(images, activations, probabilities);
 * }
 * }</pre>
 *
 * <p>Guarantees: the activations of an image are the named layers, each multiplied by its weight and flattened, concatenated
 * in the given order and not normalised. The probabilities of each {@linkplain NetworkSettings#views view} sum to 1. An image's result depends on this image alone, up to
 * float32 rounding. A call that fails leaves the positions of its targets unchanged.
 *
 * <p>Threads: safe. {@link NetworkSettings#concurrency()} calls run at once, each with its own buffers; further calls wait.
 *
 * <p>Lifetime: holds native memory until closed. Closing waits for running calls; later calls throw
 * {@link IllegalStateException}; closing twice is harmless.
 */
public final class Network implements AutoCloseable {
    // A buffer takes at most 256 MiB for any batch: one set of buffers must not exhaust a machine.
    private static final long MAX_BUFFER_FLOATS = (256L << 20) / Float.BYTES;

    private static final float GREY = 0.5f;

    /** Writes inputs. */
    private interface Filler<E extends Exception> {
        /** Puts input {@code index} at the target's position. */
        void fill(int index, FloatBuffer target) throws E;
    }

    private final Path path;
    private final String sha256;
    private final NetworkSettings settings;
    private final KeyLayers key;
    private final String logits;
    private final Session session;
    private final ImageInput input;
    private final List<WeightedLayer> layers;
    private final ClassOutput output;
    private final boolean scored; // gives the scores of classes in the place of probabilities
    private final int dim;
    private final int classes;
    private final int batch; // images per run; exactly this number if the model has a fixed batch
    private final Map<String, long[]> shapes = new LinkedHashMap<>(); // of input and outputs; each run sets the batch
    private final Lifetime lifetime;
    private final Semaphore permits;
    private final Deque<BufferSet> pool = new ConcurrentLinkedDeque<>();

    private Network(
            ImageModel source,
            NetworkSettings settings,
            KeyLayers key,
            Session session,
            List<WeightedLayer> layers,
            ClassOutput output,
            boolean scored) {
        path = source.file().path;
        sha256 = source.file().sha256;
        input = source.input();
        this.settings = settings.withPreprocessing(input.preprocessing());
        this.key = key;
        this.session = session;
        this.layers = layers;
        this.output = output;
        this.scored = scored;
        logits = output.logits(source.graph());
        lifetime = new Lifetime("network " + path);
        permits = new Semaphore(settings.concurrency());
        long largest = input.size();
        shapes.put(input.name(), input.shape(0));
        for (Layer layer :
                Stream.concat(layers().stream(), Stream.of(output.layer())).toList()) {
            shapes.put(layer.name(), layer.shape(0));
            largest = Math.max(largest, layer.values());
        }
        dim = WeightedLayer.dim(layers);
        classes = Math.addExact(output.classes().length, settings.spareClasses());
        batch = input.fixedBatch() > 0
                ? input.fixedBatch()
                : (int) Math.max(1, Math.min(settings.batch(), MAX_BUFFER_FLOATS / largest));
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
     *     {@code NAME*WEIGHT}; may be empty. Of {@linkplain Layer#hasTokens tokens}, {@code NAME@class} is the class token and
     *     {@code NAME@mean} the mean over all
     * @throws IllegalArgumentException if a layer, the output or a class does not exist, a tensor has another shape or type, or
     *     the preprocessing does not match the input
     * @throws java.nio.file.NoSuchFileException if a file is missing
     * @throws ModelException if the file is not an ONNX classifier of images, or exceeds the time limit
     * @throws IOException if the file cannot be read
     */
    public static Network open(Path model, List<String> layers, NetworkSettings settings) throws IOException {
        return open(model, layers, settings, false);
    }

    /** @param scored whether it gives the scores of classes, as the output holds them, in the place of probabilities */
    static Network open(Path model, List<String> layers, NetworkSettings settings, boolean scored) throws IOException {
        KeyLayers key = KeyLayers.parse(layers);
        ImageModel source = ImageModel.read(model, key.names(), settings);
        Graph graph = source.graph();
        key.names().forEach(layer -> graph.require("layer", layer));
        String chosen = settings.output().orElse(null);
        List<String> candidates =
                ClassOutput.candidates(graph, source.file().graph.getOutputList(), chosen);
        Set<String> wanted = new LinkedHashSet<>(key.names());
        wanted.addAll(candidates);
        Session session = source.open(wanted, settings);
        return Resources.guarded(session, () -> {
            Map<String, Layer> found = session.shapes(graph, wanted, settings.batch());
            for (String layer : key.names()) {
                Layer made = found.get(layer);
                if (made == null) {
                    throw new IllegalArgumentException("layer \"" + layer + "\" of " + model + ", made by "
                            + graph.operator(layer) + ", cannot be a key: expected float32 with the batch first");
                }
                if (source.file().isTokenKey(layer) && made.shape().size() != 1) {
                    throw new IllegalArgumentException("layer \"" + layer + "\" of " + model + ": \""
                            + TokenKeys.tokens(layer) + "\" has "
                            + (made.shape().size() + 1)
                            + " dimensions for an image, and tokens have two; \"layers\" lists them");
                }
            }
            Map<String, Layer> scores = new LinkedHashMap<>(found);
            scores.keySet().retainAll(candidates);
            ClassOutput output = ClassOutput.choose(model.toString(), graph, scores, settings);
            return new Network(source, settings, key, session, WeightedLayer.of(key, found), output, scored);
        });
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
        ImageModel source = ImageModel.read(model, List.of(), settings);
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
     * @param probabilities receives {@code (images, views, classes)} likewise; null to leave them out
     * @throws IllegalArgumentException if an image does not fit, a target is too small, or a result is not finite; the
     *     message names the image
     * @throws IllegalStateException if closed, if ONNX Runtime fails, if a run exceeds the time limit, or if the network gives NaN
     *     even for a grey image
     */
    public void run(List<Image> images, @Nullable FloatBuffer activations, @Nullable FloatBuffer probabilities) {
        Filler<RuntimeException> filler = (i, target) -> write("image " + i, images.get(i), target);
        run(images.size(), filler, activations, probabilities);
    }

    /** Runs one image that messages call {@code name}. */
    void run(String name, Image image, FloatBuffer activations) {
        Filler<RuntimeException> filler = (index, target) -> write(name, image, target);
        run(1, filler, activations, null);
    }

    /**
     * Runs images {@code first} to {@code first + count - 1} of a set, which it decodes a batch at a time in the calling thread;
     * otherwise as {@link #run(List, FloatBuffer, FloatBuffer)}.
     *
     * @param activations receives {@code (count, dim)}; may be null
     * @param probabilities receives {@code (count, views, classes)}; may be null
     * @throws IOException if an image cannot be read
     */
    public void run(
            ImageSet images,
            int first,
            int count,
            @Nullable FloatBuffer activations,
            @Nullable FloatBuffer probabilities)
            throws IOException {
        Filler<IOException> filler = (i, target) -> write(images.imageName(first + i), images.image(first + i), target);
        run(count, filler, activations, probabilities);
    }

    /**
     * Runs inputs that are preprocessed already, as by {@link #input}; otherwise as
     * {@link #run(List, FloatBuffer, FloatBuffer)}.
     *
     * @param inputs {@code (count, inputSize)} float32 row-major from its position, which does not move; heap or direct
     * @param activations receives {@code (count, dim)}; may be null
     * @param probabilities receives {@code (count, views, classes)}; may be null
     */
    public void run(
            int count, FloatBuffer inputs, @Nullable FloatBuffer activations, @Nullable FloatBuffer probabilities) {
        if (count < 0 || (long) count * inputSize() > inputs.remaining()) {
            throw new IllegalArgumentException(
                    count + " inputs of " + inputSize() + " values: " + inputs.remaining() + " values are given");
        }
        int start = inputs.position();
        Filler<RuntimeException> filler = (i, target) -> {
            target.put(target.position(), inputs, start + i * inputSize(), inputSize());
            target.position(target.position() + inputSize());
        };
        run(count, filler, activations, probabilities);
    }

    private <E extends Exception> void run(
            int count, Filler<E> filler, @Nullable FloatBuffer activations, @Nullable FloatBuffer probabilities)
            throws E {
        requireRoom("activations", count, dim, activations);
        requireRoom("probabilities", count, probabilityValues(), probabilities);
        lifetime.enter();
        try {
            permits.acquireUninterruptibly();
            BufferSet buffers = Objects.requireNonNullElseGet(pool.pollFirst(), () -> new BufferSet(shapes));
            try {
                int all = Math.multiplyExact(count, settings.views());
                for (int first = 0; first < all; first += batch) {
                    runBatch(first, Math.min(batch, all - first), buffers, filler, activations, probabilities);
                }
            } finally {
                pool.addFirst(buffers);
                permits.release();
            }
        } finally {
            lifetime.exit();
        }
        if (activations != null) {
            activations.position(activations.position() + count * dim);
        }
        if (probabilities != null) {
            probabilities.position(probabilities.position() + count * probabilityValues());
        }
    }

    private static void requireRoom(String name, int count, int columns, @Nullable FloatBuffer target) {
        if (count < 0) {
            throw new IllegalArgumentException("count " + count + " is negative");
        }
        if (target != null && (long) count * columns > target.remaining()) {
            throw new IllegalArgumentException("(" + count + ", " + columns + ") " + name + " need room for "
                    + (long) count * columns + " floats: the target has " + target.remaining());
        }
    }

    /** Runs inputs, each of which is a view of an image: those of an image follow each other. */
    private <E extends Exception> void runBatch(
            int first,
            int count,
            BufferSet buffers,
            Filler<E> filler,
            @Nullable FloatBuffer activations,
            @Nullable FloatBuffer probabilities)
            throws E {
        int rows = input.fixedBatch() > 0 ? batch : count;
        buffers.reserve(rows);
        FloatBuffer images = buffers.get(input.name(), rows);
        for (int i = first; i < first + count; i++) {
            fill(i, i > first, images, filler);
        }
        while (images.hasRemaining()) { // the images do not fill a fixed batch
            images.put(0f);
        }
        images.rewind();
        Map<String, FloatBuffer> results = new LinkedHashMap<>();
        shapes.keySet().stream()
                .filter(name -> !name.equals(input.name()))
                .forEach(name -> results.put(name, buffers.get(name, rows)));
        session.run(rows, Map.of(input.name(), images), results, shapes);
        try {
            collect(first, count, rows, buffers, activations, probabilities);
        } catch (IllegalArgumentException e) {
            for (images.rewind(); images.hasRemaining(); ) {
                images.put(GREY);
            }
            session.run(rows, Map.of(input.name(), images.rewind()), results, shapes);
            if (Float.isNaN(buffers.get(output.name(), rows).get(0))) {
                throw new IllegalStateException(
                        path
                                + " gives NaN for a grey image too: its weights are damaged, or it divides by zero; export it again",
                        e);
            }
            throw e;
        }
    }

    /** Copies the results of a batch. */
    private void collect(
            int first,
            int count,
            int rows,
            BufferSet buffers,
            @Nullable FloatBuffer activations,
            @Nullable FloatBuffer probabilities) {
        if (activations != null) {
            int column = 0;
            for (WeightedLayer layer : layers) {
                copy(first, count, layer, buffers.get(layer.name(), rows), column, activations);
                column += layer.values();
            }
        }
        // Even without a target: scores that are not finite reveal a bad image.
        float[] row = new float[classes]; // spare classes stay 0
        for (int i = 0; i < count; i++) {
            FloatBuffer scores = buffers.get(output.name(), rows);
            output.probabilities(scores, i * output.scores(), (first + i) / settings.views(), row);
            if (scored) {
                output.copy(scores, i * output.scores(), row);
            }
            if (probabilities != null) {
                probabilities.put(probabilities.position() + (first + i) * classes, row);
            }
        }
    }

    /** Fills in a view of an image; the view before it is there, if it is of the same batch. */
    private <E extends Exception> void fill(int view, boolean follows, FloatBuffer target, Filler<E> filler) throws E {
        int views = settings.views();
        int start = target.position();
        if (view % views == 0 || !follows) {
            filler.fill(view / views, target);
        } else {
            target.put(start, target, start - inputSize(), inputSize());
            target.position(start + inputSize());
        }
        if (view % views > 0) {
            input.mirror(target.slice(start, inputSize()));
        }
    }

    /** Copies a layer of those inputs that are images themselves. */
    private void copy(int first, int count, WeightedLayer layer, FloatBuffer source, int column, FloatBuffer target) {
        int values = layer.values();
        int views = settings.views();
        for (int i = (views - first % views) % views; i < count; i += views) {
            int image = (first + i) / views;
            for (int j = i * values; j < (i + 1) * values; j++) {
                if (!Float.isFinite(source.get(j))) {
                    throw new IllegalArgumentException("layer \"" + layer.name() + "\" for image " + image
                            + " is " + source.get(j) + " at value " + (j - i * values)
                            + ": expected finite activations; check the image's values and the preprocessing");
                }
            }
            int start = target.position() + image * dim + column;
            if (layer.weight() == 1) {
                target.put(start, source, i * values, values);
            } else {
                for (int j = 0; j < values; j++) {
                    target.put(start + j, layer.weight() * source.get(i * values + j));
                }
            }
        }
    }

    private void write(String name, Image image, FloatBuffer target) {
        try {
            input.write(image, target);
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
        input.write(image, target);
    }

    /**
     * Checks that the preprocessing makes such inputs of images; a tenth of the range of their values is allowed beyond it, for other
     * filters.
     *
     * @param inputs as {@link #input} writes them, from the buffer's position to its limit
     * @throws IllegalArgumentException if a value is out of range or not a number; names the first
     */
    public void requireInputs(FloatBuffer inputs) {
        input.requireMade(inputs);
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
        return input.resized(image);
    }

    /** {@return a buffer of {@code (rows, columns)} float32 in native memory, which ONNX Runtime reads and writes in place} */
    public static FloatBuffer buffer(int rows, int columns) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(rows, Math.multiplyExact(columns, Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /** {@return values per image of the layers together: the length of a key} */
    public int dim() {
        return dim;
    }

    /** {@return the classes of an image: those in play, and spare ones} */
    public int classes() {
        return classes;
    }

    /** {@return views of an image that the network sees: 1, or 2 with its mirror image} */
    public int views() {
        return settings.views();
    }

    /** {@return probabilities of an image: those of all classes for each view} */
    public int probabilityValues() {
        return views() * classes;
    }

    /** {@return values per image of the input} */
    public int inputSize() {
        return input.size();
    }

    /** {@return the shape of one image: (3, height, width) or (height, width, 3)} */
    public List<Integer> inputShape() {
        return input.shape();
    }

    ClassOutput output() {
        return output;
    }

    List<WeightedLayer> weightedLayers() {
        return layers;
    }

    ImageInput imageInput() {
        return input;
    }

    /** {@return the layers of a key, in order} */
    public List<Layer> layers() {
        return layers.stream().map(WeightedLayer::layer).toList();
    }

    /** {@return the layers as {@link #open} takes them: {@code NAME} or {@code NAME*WEIGHT}, in order} */
    public List<String> layerTerms() {
        return key.terms();
    }

    /** {@return the tensor that the probabilities come from} */
    public String outputName() {
        return output.name();
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
        return ModelFile.read(model).sha256;
    }

    /**
     * Reads the shape of one image that a model file declares, without running the model.
     *
     * @return (3, height, width) or (height, width, 3); 0 stands for a dimension that the model leaves open
     * @throws ModelException if the file is not an ONNX model with one image input
     * @throws IOException if the file cannot be read
     */
    public static List<Integer> declaredShape(Path model) throws IOException {
        return GraphInput.find(model.toString(), ModelFile.read(model).graph).dimensions().stream()
                .skip(1)
                .map(Math::toIntExact)
                .toList();
    }

    /**
     * Reads the names of the classes that a model file has in its metadata, as {@code names}, {@code classes}, {@code class_names},
     * {@code labels} or {@code id2label}, without running the model.
     *
     * @return the name of each class, in their order; empty if there are none. There may be more or fewer than
     *     {@link #classes}
     * @throws IOException if the file cannot be read or is not an ONNX file
     */
    public static List<String> declaredClassNames(Path model) throws IOException {
        return DeclaredNames.of(ModelFile.read(model).metadata);
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
        lifetime.close(() -> {
            session.close();
            pool.clear();
        });
    }

    @Override
    public String toString() {
        return "Network[" + path + ", layers " + layerTerms() + ", " + classes() + " classes]";
    }
}
