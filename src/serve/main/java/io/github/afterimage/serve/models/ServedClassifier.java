package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.ModelBatcher;
import io.github.afterimage.model.ModelQuery;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageHeader;
import io.github.afterimage.model.data.Thumbnail;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RawValues;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.Tensor;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Replaceable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Serves a network with its index. A request has exactly one of these inputs: {@code image}, encoded files; {@code pixels}, pictures
 * of UINT8; {@code input}, the tensor that the network reads, or pictures too if it is of UINT8; or {@code features}, the network's
 * activations, with or without {@code network}, its probabilities.
 */
public final class ServedClassifier extends ServedModel {
    private static final String IMAGE = "image";
    private static final String PIXELS = "pixels";
    private static final String INPUT = "input";
    private static final String NETWORK = "network";

    /** Bytes of an element that tell whether it is text. */
    private static final int BEGIN = 64;

    private final ModelBatcher batcher;
    private final ModelFiles<CacheModel> files;

    /** Takes over a model that is open. */
    public ServedClassifier(String name, CacheModel model, BatchOptions options) {
        this(name, new ModelBatcher(model, options), new ModelFiles<>(null));
    }

    private ServedClassifier(String name, ModelBatcher batcher, ModelFiles<CacheModel> files) {
        super(name, batcher, batcher::close, files, outputs(batcher.model()));
        this.batcher = batcher;
        this.files = files;
    }

    /** Opens a model. */
    public static ServedClassifier open(String name, ModelSource<CacheModel> source, BatchOptions options)
            throws IOException {
        ModelFiles<CacheModel> files = new ModelFiles<>(source);
        return new ServedClassifier(name, new ModelBatcher(source.open(), options), files);
    }

    private static List<String> outputs(CacheModel model) {
        List<String> known = new ArrayList<>();
        if (!model.isAlone()) {
            known.addAll(List.of(Outputs.PROBABILITIES, Outputs.NETWORK));
        }
        known.addAll(Outputs.OF_MEMORY);
        return known;
    }

    @Override
    public List<Outputs.Description> inputs() {
        CacheModel model = batcher.model();
        List<Integer> sizes = model.network().inputShape();
        List<Integer> shape = new ArrayList<>(List.of(-1));
        shape.addAll(sizes);
        int first = sizes.get(2) == Image.CHANNELS ? 0 : 1;
        List<Outputs.Description> inputs = new ArrayList<>();
        inputs.add(new Outputs.Description(IMAGE, DataType.BYTES, List.of(-1)));
        inputs.add(new Outputs.Description(
                PIXELS, DataType.UINT8, List.of(-1, sizes.get(first), sizes.get(first + 1), Image.CHANNELS)));
        inputs.add(new Outputs.Description(INPUT, DataType.FP32, shape));
        inputs.add(new Outputs.Description(
                FEATURES, DataType.FP32, List.of(-1, model.index().dim())));
        if (!model.isAlone()) {
            inputs.add(new Outputs.Description(
                    NETWORK, DataType.FP32, List.of(-1, model.index().classes())));
        }
        return inputs;
    }

    @Override
    public void refresh() {
        Network network = batcher.model().network();
        files.refresh(index(), () -> Network.sha256(network.path()).equals(network.sha256()), batcher::replace);
    }

    /** An image, or the values that the network reads. */
    @Override
    public InferenceRequest raw(byte[] bytes) {
        List<Integer> row = new ArrayList<>(List.of(1));
        row.addAll(batcher.model().network().inputShape());
        long values = row.stream().mapToLong(size -> size).reduce(1, Math::multiplyExact);
        try {
            ImageHeader unused = ImageHeader.read("the body", bytes);
        } catch (IOException e) {
            if (bytes.length == values * Float.BYTES) {
                return InferenceRequest.raw(RawValues.read(INPUT, DataType.FP32, row, ByteBuffer.wrap(bytes)));
            }
        }
        return InferenceRequest.raw(Tensor.ofBytes(IMAGE, List.of(1), List.of(bytes)));
    }

    @Override
    int rows(InferenceRequest request) {
        Tensor rows = rowsOf(request);
        return rows.name().equals(IMAGE) ? rows.elements().size() : rows.batch();
    }

    /** Images are decoded one after the other, all before the first is prepared. */
    @Override
    long preparedBytes(InferenceRequest request) {
        Tensor rows = rowsOf(request);
        if (!isPictures(rows)) {
            return 0;
        }
        if (!rows.name().equals(IMAGE)) {
            Pixels pixels = Pixels.of(rows);
            long samples = (long) Image.CHANNELS * pixels.width() * pixels.height();
            return rows.batch() * (samples + inputBytes())
                    + Float.BYTES * samples
                    + resizingBytes(pixels.width(), pixels.height());
        }
        long bytes = 0;
        long resizing = 0;
        for (ImageHeader header : each(rows, ImageHeader::read)) {
            bytes += header.decodingBytes() + inputBytes();
            resizing = Math.max(resizing, resizingBytes(header.width(), header.height()));
        }
        return bytes + resizing;
    }

    private long inputBytes() {
        return (long) Float.BYTES * batcher.model().network().inputSize();
    }

    private long resizingBytes(int width, int height) {
        int wanted = Collections.max(batcher.model().network().inputShape());
        return (long) Math.max(width, height) * wanted * Float.BYTES;
    }

    @Override
    LeasedModel lease() {
        return new LeasedClassifier(batcher.lease());
    }

    private final class LeasedClassifier implements LeasedModel {
        private final Replaceable<CacheModel>.Lease lease;

        LeasedClassifier(Replaceable<CacheModel>.Lease lease) {
            this.lease = lease;
        }

        @Override
        public CacheIndex index() {
            return lease.value().index();
        }

        @Override
        public Calibration calibration() {
            return lease.value().calibration();
        }

        @Override
        public CompletableFuture<List<Row>> answer(InferenceRequest request, RequestOptions options) {
            ModelQuery query = query(request, lease.value()).neighbors(options.neighbors());
            ModelQuery limited = options.timeout().map(query::within).orElse(query);
            return Cancelling.then(batcher.submit(limited, lease), Row::of);
        }

        @Override
        public PreparedRows prepared(InferenceRequest request) {
            Tensor rows = rowsOf(request);
            CacheModel model = lease.value();
            if (!isPictures(rows)) {
                return new PreparedRows(index(), model.features(query(request, model)), List.of());
            }
            List<Image> images = images(rows);
            List<byte[]> thumbnails = images.stream().map(Thumbnail::of).toList();
            return new PreparedRows(
                    index(), model.lessonFeatures(images), model.network().views(), thumbnails);
        }

        @Override
        public void close() {
            lease.close();
        }
    }

    /** Returns the input that holds the rows. */
    private static Tensor rowsOf(InferenceRequest request) {
        List<String> kinds = List.of(IMAGE, PIXELS, INPUT, FEATURES);
        List<Tensor> given = request.inputs().stream()
                .filter(input -> kinds.contains(input.name()))
                .toList();
        if (given.size() != 1) {
            throw RequestException.bad("the request has inputs "
                    + request.inputs().stream().map(Tensor::name).toList() + ": expected one of " + kinds);
        }
        return given.get(0);
    }

    /** Numbers of UINT8 are pixels, because nothing that a network reads has only these. */
    private static boolean isPictures(Tensor rows) {
        return rows.name().equals(IMAGE)
                || rows.name().equals(PIXELS)
                || rows.name().equals(INPUT) && rows.type() == DataType.UINT8;
    }

    private static ModelQuery query(InferenceRequest request, CacheModel model) {
        Tensor rows = rowsOf(request);
        if (isPictures(rows)) {
            return ModelQuery.of(images(rows));
        }
        if (rows.name().equals(INPUT)) {
            rows.requireRows(
                    model.network().inputShape().stream().mapToInt(size -> size).toArray());
            requirePrepared(rows, model.network());
            return ModelQuery.ofInputs(rows.floats());
        }
        rows.requireRows(model.index().dim());
        Optional<Tensor> probabilities = request.input(NETWORK);
        probabilities.ifPresent(tensor -> tensor.requireRows(model.index().classes()));
        return probabilities
                .map(tensor -> ModelQuery.ofFeatures(rows.floats(), tensor.floats()))
                .orElseGet(() -> ModelQuery.ofFeatures(rows.floats()));
    }

    private static void requirePrepared(Tensor rows, Network network) {
        try {
            network.requireInputs(rows.floats());
        } catch (IllegalArgumentException e) {
            throw RequestException.bad("input " + rows.name() + " has " + e.getMessage()
                    + "; send pixels of 0 to 255 as UINT8 in the input " + PIXELS);
        }
    }

    private static List<Image> images(Tensor rows) {
        return rows.name().equals(IMAGE)
                ? each(rows, Image::decode)
                : Pixels.of(rows).images();
    }

    private interface FileReader<T> {
        T read(String name, byte[] file) throws IOException;
    }

    /** Reads files; a file in JSON is written in base64. */
    private static <T> List<T> each(Tensor tensor, FileReader<T> reader) {
        List<T> results = new ArrayList<>();
        for (byte[] element : tensor.elements()) {
            String name = "image " + results.size();
            try {
                results.add(
                        reader.read(name, isText(element) ? Base64.getDecoder().decode(element) : element));
            } catch (IllegalArgumentException e) {
                throw RequestException.bad(name + " is text, not base64, and no file of a picture: " + e.getMessage()
                        + "; to send a file as it is, use curl --data-binary @FILE");
            } catch (InterruptedIOException e) {
                throw new RequestException(RequestException.UNAVAILABLE, "the server is about to end: ask another one");
            } catch (IOException e) {
                throw RequestException.bad(String.valueOf(e.getMessage()));
            }
        }
        return results;
    }

    /** Tells base64 from image files, none of which begins with so many letters. */
    private static boolean isText(byte[] element) {
        for (int i = 0; i < Math.min(element.length, BEGIN); i++) {
            if (element[i] < ' ' && element[i] != '\n' && element[i] != '\r') {
                return false;
            }
        }
        return true;
    }
}
