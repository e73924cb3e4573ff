package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.TensorInfo;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.gradient.GraphGradient;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A network and its derivative: converts cotangents of some layers and of the logits to the gradient with respect to the
 * input. The logits are those of the classes in play, {@link NetworkSettings#classes()}.
 *
 * <p>Guarantees: an image's gradient depends on this image alone, up to float32 rounding.
 *
 * <p>Threads: safe; gradients are computed one call after the other.
 *
 * <p>Lifetime: holds native memory until closed; later calls throw {@link IllegalStateException}.
 */
public final class DifferentiableNetwork implements AutoCloseable {
    private final Network network; // its output is the logits
    private final Network scoring; // computes the logits alone, which is faster
    private final String logits;
    private final int[] outputs; // the positions of the classes in play among the logits
    private final List<WeightedLayer> layers;
    private final Session session;
    private final BufferSet buffers;
    private final Map<String, long[]> shapes = new LinkedHashMap<>(); // each run sets the first dimension, the batch
    private final ImageInput input;
    private final int batch;
    private boolean closed;

    private DifferentiableNetwork(Network network, Network scoring, Session session) {
        this.network = network;
        this.scoring = scoring;
        this.session = session;
        logits = network.outputName();
        outputs = network.output().classes();
        layers = network.weightedLayers();
        input = network.imageInput();
        for (String name : List.of(input.name(), GraphGradient.OUTPUT)) {
            shapes.put(name, input.shape(0));
        }
        for (Layer layer : network.layers()) {
            shapes.put(GraphGradient.cotangent(layer.name()), layer.shape(0));
        }
        shapes.put(GraphGradient.cotangent(logits), network.output().layer().shape(0));
        buffers = new BufferSet(shapes);
        batch = input.fixedBatch() > 0 ? input.fixedBatch() : network.settings().batch();
    }

    /**
     * Opens a model.
     *
     * @param layers float32 tensors whose first dimension is the batch, each as {@code NAME} or {@code NAME*WEIGHT}; may be
     *     empty
     * @throws IllegalArgumentException as {@link Network#open(Path, List, NetworkSettings)}
     * @throws ModelException also if an operator between the image and the layers or logits has no derivative; the message
     *     names the operator
     * @throws IOException if the model cannot be read
     */
    public static DifferentiableNetwork open(Path model, List<String> layers, NetworkSettings settings)
            throws IOException {
        ImageModel source = ImageModel.read(model, KeyLayers.parse(layers).names(), settings);
        NetworkSettings ofLogits =
                settings.withOutput(Network.logits(model, settings)).withSpareClasses(0);
        try (Resources made = new Resources()) {
            Network network = made.add(Network.open(model, layers, ofLogits, true));
            Network scoring = made.add(Network.open(model, List.of(), ofLogits, true));
            Set<String> tensors =
                    network.layers().stream().map(Layer::name).collect(Collectors.toCollection(LinkedHashSet::new));
            tensors.add(network.outputName());
            GraphProto additions = additions(source, tensors, settings);
            Session session = made.add(Session.open(source.file(), additions, source.input(), settings));
            DifferentiableNetwork opened = new DifferentiableNetwork(network, scoring, session);
            made.release();
            return opened;
        }
    }

    private static GraphProto additions(ImageModel source, Set<String> tensors, NetworkSettings settings)
            throws ModelException {
        ModelFile file = source.file();
        ImageInput input = source.input();
        Set<String> all = new LinkedHashSet<>();
        for (NodeProto node : file.graph.getNodeList()) {
            node.getOutputList().stream().filter(name -> !name.isEmpty()).forEach(all::add);
        }
        // With two images, a dimension of 1 is not the batch but one along which values are repeated.
        int probe = input.fixedBatch() > 0 ? input.fixedBatch() : Math.min(2, settings.batch());
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(input.name(), input.shape(probe));
        try (Session session = source.open(all, settings)) {
            for (Map.Entry<String, TensorInfo> info : session.infos(all, probe).entrySet()) {
                shapes.put(info.getKey(), info.getValue().getShape());
            }
        }
        try {
            return GraphGradient.of(file.graph, file.opset, input.name(), tensors, shapes);
        } catch (IllegalArgumentException e) {
            throw new ModelException(file.path + " cannot be differentiated: " + e.getMessage(), e);
        }
    }

    /**
     * Computes the layers and the logits.
     *
     * @param inputs {@code (count, inputSize)} float32 row-major from its position, which does not move
     * @param activations receives {@code (count, dim)}: the layers, multiplied by their weights, flattened and concatenated;
     *     null to leave them out, which is faster
     * @param scores receives {@code (count, classes)}: the logits
     * @throws IllegalArgumentException if a length does not fit or a result is not finite
     */
    public void run(int count, FloatBuffer inputs, @Nullable FloatBuffer activations, FloatBuffer scores) {
        (activations == null ? scoring : network).run(count, inputs, activations, scores);
    }

    /**
     * Computes the gradient of Σ ⟨activation cotangent, activation⟩ + Σ ⟨score cotangent, logit⟩ with respect to each input.
     *
     * @param inputs {@code (count, inputSize)} float32 row-major from its position, which does not move
     * @param activations cotangents of the layers, {@code (count, dim)} row-major; null for zeros
     * @param scores cotangents of the logits, {@code (count, classes)} row-major; null for zeros
     * @param gradients receives {@code (count, inputSize)} at its position, which moves on
     * @throws IllegalArgumentException if a length does not fit
     * @throws IllegalStateException if closed, or if ONNX Runtime fails
     */
    public synchronized void gradient(
            int count,
            FloatBuffer inputs,
            float @Nullable [] activations,
            float @Nullable [] scores,
            FloatBuffer gradients) {
        if (closed) {
            throw new IllegalStateException("network " + network.path() + " is closed");
        }
        require("inputs", (long) count * input.size(), inputs.remaining());
        require("gradients", (long) count * input.size(), gradients.remaining());
        if (activations != null) {
            require("activation cotangents", (long) count * dim(), activations.length);
        }
        if (scores != null) {
            require("score cotangents", (long) count * classes(), scores.length);
        }
        for (int first = 0; first < count; first += batch) {
            runBatch(first, Math.min(batch, count - first), inputs, activations, scores, gradients);
        }
    }

    private static void require(String name, long needed, long given) {
        if (given < needed) {
            throw new IllegalArgumentException(name + " hold " + given + " values: expected " + needed);
        }
    }

    private void runBatch(
            int first,
            int count,
            FloatBuffer inputs,
            float @Nullable [] activations,
            float @Nullable [] scores,
            FloatBuffer gradients) {
        int rows = input.fixedBatch() > 0 ? batch : count;
        buffers.reserve(rows);
        Map<String, FloatBuffer> given = new LinkedHashMap<>();
        shapes.keySet().forEach(name -> given.put(name, zeroed(buffers.get(name, rows))));
        buffers.get(input.name(), rows).put(0, inputs, inputs.position() + first * input.size(), count * input.size());
        if (activations != null) {
            int column = 0;
            for (WeightedLayer layer : layers) {
                int values = layer.values();
                FloatBuffer target = buffers.get(GraphGradient.cotangent(layer.name()), rows);
                for (int i = 0; i < count; i++) {
                    int start = (first + i) * dim() + column;
                    for (int j = 0; j < values; j++) {
                        target.put(i * values + j, layer.weight() * activations[start + j]);
                    }
                }
                column += values;
            }
        }
        if (scores != null) {
            FloatBuffer target = buffers.get(GraphGradient.cotangent(logits), rows); // the logits may also be a layer
            int all = target.limit() / rows;
            for (int i = 0; i < count * classes(); i++) {
                int position = i / classes() * all + outputs[i % classes()];
                target.put(position, target.get(position) + scores[first * classes() + i]);
            }
        }
        FloatBuffer gradient = given.remove(GraphGradient.OUTPUT);
        session.run(rows, given, Map.of(GraphGradient.OUTPUT, gradient), shapes);
        gradients.put(gradient.limit(count * input.size()));
    }

    private static FloatBuffer zeroed(FloatBuffer buffer) {
        for (int i = 0; i < buffer.limit(); i++) {
            buffer.put(i, 0f);
        }
        return buffer;
    }

    /** Preprocesses one image, as {@link Network#input} does. */
    public void input(Image image, FloatBuffer target) {
        network.input(image, target);
    }

    /** {@return values per image of the layers together} */
    public int dim() {
        return network.dim();
    }

    /** {@return logits per image: those of the classes in play} */
    public int classes() {
        return outputs.length;
    }

    /** {@return values per image of the input} */
    public int inputSize() {
        return network.inputSize();
    }

    /** {@return the shape of one image: (3, height, width) or (height, width, 3)} */
    public List<Integer> inputShape() {
        return network.inputShape();
    }

    /** {@return the model file} */
    public Path path() {
        return network.path();
    }

    /** {@return the settings; a preset of preprocessing is replaced by its steps} */
    public NetworkSettings settings() {
        return network.settings();
    }

    /** Waits for running calls and frees the native memory. */
    @Override
    public void close() {
        network.close();
        scoring.close();
        synchronized (this) {
            if (!closed) {
                closed = true;
                session.close();
            }
        }
    }

    @Override
    public String toString() {
        return "DifferentiableNetwork[" + path() + ", layers "
                + layers.stream().map(WeightedLayer::name).toList() + ", " + classes() + " classes]";
    }
}
