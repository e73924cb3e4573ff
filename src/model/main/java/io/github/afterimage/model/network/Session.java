package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.RunOptions;
import ai.onnxruntime.TensorInfo;
import io.github.afterimage.platform.Threads;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A session of ONNX Runtime for a model whose graph has additional outputs.
 *
 * @param place of the model, for messages
 * @param timeLimit for each image of a run
 */
record Session(String place, OrtEnvironment environment, OrtSession session, ImageInput input, Duration timeLimit)
        implements AutoCloseable {
    private static final String EXTERNAL_DATA_FOLDER = "session.model_external_initializers_file_folder_path";
    // Loading has no time limit: larger constant expressions are left to the runs, which have one.
    private static final long MAX_FOLDED_BYTES = 256L << 20;

    /**
     * Opens a session.
     *
     * @param additions nodes, inputs and outputs that are added to the model's graph
     */
    static Session open(ModelFile model, GraphProto additions, ImageInput input, NetworkSettings settings)
            throws ModelException {
        OrtEnvironment environment = OnnxRuntime.environment(model.path);
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            // Errors arrive as exceptions; a library does not write to stderr.
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            options.setIntraOpNumThreads(settings.threads());
            options.setInterOpNumThreads(1);
            // Threads that spin while they wait would slow the index down.
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.addConfigEntry(
                    "optimization.constant_folding_max_output_size_in_bytes", String.valueOf(MAX_FOLDED_BYTES));
            if (model.hasRoundedPools()) {
                options.addConfigEntry("optimization.disable_specified_optimizers", "Pad_Fusion");
            }
            if (settings.device() == NetworkDevice.CUDA) {
                addCuda(options, model);
            }
            if (model.hasExternalData()) {
                options.addConfigEntry(
                        EXTERNAL_DATA_FOLDER,
                        model.path.toAbsolutePath().resolveSibling("").toString());
            }
            OrtSession session = environment.createSession(model.with(additions), options);
            return new Session(model.path.toString(), environment, session, input, settings.timeLimit());
        } catch (OrtException e) {
            throw new ModelException("ONNX Runtime cannot load " + model.path + ": " + firstLine(e), e);
        }
    }

    private static void addCuda(OrtSession.SessionOptions options, ModelFile model) throws ModelException {
        if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
            throw new ModelException(model.path
                    + ": network device cuda needs com.microsoft.onnxruntime:onnxruntime_gpu on the class path"
                    + " in the place of onnxruntime, which has no CUDA");
        }
        try {
            options.addCUDA(0);
        } catch (OrtException e) {
            throw new ModelException(
                    model.path + ": ONNX Runtime cannot use the GPU (network device cuda): " + firstLine(e), e);
        }
    }

    /**
     * Runs images of zeros to find the shapes of the outputs.
     *
     * @return the outputs that are float32 with the batch first, by name
     */
    Map<String, Layer> shapes(Graph graph, Collection<String> outputs, int maxBatch) throws ModelException {
        int batch = input.fixedBatch();
        if (batch > 0) {
            return shapesAt(graph, outputs, batch);
        }
        Map<String, Layer> single = shapesAt(graph, outputs, 1);
        if (maxBatch == 1) {
            return single;
        }
        // A first dimension that is always 1 is not the batch.
        Map<String, Layer> pair = shapesAt(graph, single.keySet(), 2);
        single.keySet().removeIf(name -> !Objects.equals(single.get(name), pair.get(name)));
        return single;
    }

    private Map<String, Layer> shapesAt(Graph graph, Collection<String> outputs, int batch) throws ModelException {
        Map<String, Layer> layers = new LinkedHashMap<>();
        infos(outputs, batch).forEach((name, info) -> {
            if (info.type == OnnxJavaType.FLOAT
                    && isFloat32(info)
                    && info.getShape().length > 0
                    && info.getShape()[0] == batch
                    && info.getNumElements() > 0) {
                layers.put(name, layer(name, graph, info.getShape()));
            }
        });
        return layers;
    }

    /** {@return the types and shapes of the outputs that are tensors, for a batch of images of zeros} */
    Map<String, TensorInfo> infos(Collection<String> outputs, int batch) throws ModelException {
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        if (outputs.isEmpty()) {
            return infos;
        }
        FloatBuffer zeros = Network.buffer(batch, input.size());
        try (OnnxTensor image = OnnxTensor.createTensor(environment, zeros, input.shape(batch));
                OrtSession.Result result =
                        run(batch, Map.of(input.name(), image), new LinkedHashSet<>(outputs), Map.of())) {
            for (Map.Entry<String, OnnxValue> entry : result) {
                if (entry.getValue().getInfo() instanceof TensorInfo info) {
                    infos.put(entry.getKey(), info);
                }
            }
            return infos;
        } catch (TimeoutException e) {
            throw new ModelException(String.valueOf(e.getMessage()), e);
        } catch (OrtException e) {
            throw new ModelException(
                    "ONNX Runtime cannot run " + place + " on " + batch + " images of "
                            + input.width() + "x" + input.height()
                            + (batch > 1 && input.fixedBatch() == 0
                                    ? " (where one at a time works, set batch to 1): "
                                    : ": ")
                            + firstLine(e),
                    e);
        }
    }

    private static boolean isFloat32(TensorInfo info) {
        return info.onnxType == TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    }

    private static Layer layer(String name, Graph graph, long[] shape) {
        List<Integer> perImage = new ArrayList<>();
        long values = 1;
        for (int i = 1; i < shape.length; i++) {
            perImage.add(Math.toIntExact(shape[i]));
            values = Math.multiplyExact(values, shape[i]);
        }
        return new Layer(name, graph.operator(name), List.copyOf(perImage), values);
    }

    /**
     * Runs a batch: reads the inputs and writes the outputs in place. The buffers belong to the caller; they are direct, in
     * native order, and exactly as long as their shapes.
     *
     * @param shapes the shapes of inputs and outputs; the first dimension is replaced by the batch
     */
    void run(int batch, Map<String, FloatBuffer> inputs, Map<String, FloatBuffer> outputs, Map<String, long[]> shapes) {
        Map<String, OnnxTensor> given = new LinkedHashMap<>();
        Map<String, OnnxTensor> pinned = new LinkedHashMap<>();
        try {
            bind(batch, inputs, shapes, given);
            bind(batch, outputs, shapes, pinned);
            run(batch, given, Set.of(), pinned).close();
        } catch (TimeoutException e) {
            throw new IllegalStateException(e.getMessage(), e);
        } catch (OrtException e) {
            throw new IllegalStateException(
                    "ONNX Runtime failed on " + batch + " images in " + place + ": " + firstLine(e), e);
        } finally {
            given.values().forEach(OnnxTensor::close);
            pinned.values().forEach(OnnxTensor::close);
        }
    }

    private OrtSession.Result run(
            int batch, Map<String, OnnxTensor> inputs, Set<String> outputs, Map<String, OnnxTensor> pinned)
            throws OrtException, TimeoutException {
        try (Deadline deadline = new Deadline(timeLimit.multipliedBy(batch))) {
            try {
                return session.run(inputs, outputs, pinned, deadline.options());
            } catch (OrtException e) {
                if (!deadline.passed()) {
                    throw e;
                }
                TimeoutException late = new TimeoutException(place + " ran longer than " + timeLimit.toSeconds()
                        + " s for each of " + batch + " images (" + firstLine(e) + "): does it have a loop without an"
                        + " end? Otherwise set more seconds with -D" + NetworkSettings.TIME_LIMIT_PROPERTY);
                late.initCause(e);
                throw late;
            }
        }
    }

    private void bind(
            int batch, Map<String, FloatBuffer> buffers, Map<String, long[]> shapes, Map<String, OnnxTensor> tensors)
            throws OrtException {
        for (Map.Entry<String, FloatBuffer> buffer : buffers.entrySet()) {
            long[] shape = Objects.requireNonNull(shapes.get(buffer.getKey())).clone();
            shape[0] = batch;
            tensors.put(buffer.getKey(), OnnxTensor.createTensor(environment, buffer.getValue(), shape));
        }
    }

    /**
     * The options of one run of ONNX Runtime; they stop the run when its time is over. ONNX Runtime checks them between two
     * nodes, and between two iterations of a loop.
     */
    private static final class Deadline implements AutoCloseable {
        private static final ScheduledThreadPoolExecutor TIMER = timer();

        private final RunOptions options;
        private final Future<?> end;
        private boolean closed;
        private boolean passed;

        Deadline(Duration limit) throws OrtException {
            options = new RunOptions();
            end = TIMER.schedule(this::pass, limit.toMillis(), TimeUnit.MILLISECONDS);
        }

        private static ScheduledThreadPoolExecutor timer() {
            ScheduledThreadPoolExecutor timer =
                    new ScheduledThreadPoolExecutor(1, Threads.daemons("afterimage-network-deadline"));
            timer.setRemoveOnCancelPolicy(true);
            timer.setKeepAliveTime(1, TimeUnit.SECONDS);
            timer.allowCoreThreadTimeOut(true); // no thread while nothing runs
            return timer;
        }

        RunOptions options() {
            return options;
        }

        /** {@return whether the time is over and the run was stopped} */
        synchronized boolean passed() {
            return passed;
        }

        private synchronized void pass() {
            if (closed) {
                return;
            }
            try {
                options.setTerminate(true);
                passed = true;
            } catch (OrtException e) {
                throw new IllegalStateException(e); // only closed options throw it
            }
        }

        @Override
        public synchronized void close() {
            closed = true;
            end.cancel(false);
            options.close();
        }
    }

    /** Returns the first line of a message, without the code and the places in the source of ONNX Runtime. */
    private static String firstLine(OrtException e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse("no reason given")
                .replaceAll("^Error code - \\w+ - message: |\\S+\\.(cc|h):\\d+ [^()]*\\([^()]*\\)( const)? ", "");
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot close " + place + ": " + firstLine(e), e);
        }
    }
}
