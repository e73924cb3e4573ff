package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Query;
import io.github.afterimage.model.Classification;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RawValues;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.Tensor;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Batcher;
import io.github.afterimage.serving.Replaceable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Serves an index over features that clients compute: the memory answers alone. */
public final class ServedIndex extends ServedModel {
    private final Batcher batcher;
    private final ModelFiles<CacheIndex> files;

    /** Takes over an index that is open. */
    public ServedIndex(String name, CacheIndex index, BatchOptions options) {
        this(name, new Batcher(index, options), new ModelFiles<>(null));
    }

    private ServedIndex(String name, Batcher batcher, ModelFiles<CacheIndex> files) {
        super(name, batcher, batcher::close, files, Outputs.OF_MEMORY);
        this.files = files;
        this.batcher = batcher;
    }

    /** Opens an index. */
    public static ServedIndex open(String name, ModelSource<CacheIndex> source, BatchOptions options)
            throws IOException {
        ModelFiles<CacheIndex> files = new ModelFiles<>(source);
        CacheIndex index = source.open();
        return Resources.guarded(index, () -> new ServedIndex(name, new Batcher(index, options), files));
    }

    @Override
    public List<Outputs.Description> inputs() {
        return List.of(new Outputs.Description(FEATURES, DataType.FP32, List.of(-1, index().dim())));
    }

    @Override
    public void refresh() {
        files.refresh(index(), () -> true, batcher::replace);
    }

    private Tensor features(InferenceRequest request) {
        Tensor features = request.input(FEATURES)
                .orElseThrow(() -> RequestException.bad(
                        "the request has no input features: this model takes features" + ofPictures()));
        features.requireRows(index().dim());
        return features;
    }

    @Override
    public InferenceRequest raw(byte[] bytes) {
        int row = Float.BYTES * index().dim();
        if (bytes.length == 0 || bytes.length % row != 0) {
            throw RequestException.bad("the body has " + bytes.length + " bytes: expected features, float32, of " + row
                    + " bytes for each row" + ofPictures());
        }
        int rows = bytes.length / row;
        return InferenceRequest.raw(
                RawValues.read(FEATURES, DataType.FP32, List.of(rows, index().dim()), ByteBuffer.wrap(bytes)));
    }

    /** Says what an index made of pictures lacks to classify them. */
    private String ofPictures() {
        return KeySource.of(index()).isPresent()
                ? "; this server has no network: start it with --model to classify pictures"
                : "";
    }

    @Override
    int rows(InferenceRequest request) {
        return features(request).batch();
    }

    @Override
    long preparedBytes(InferenceRequest request) {
        return 0;
    }

    @Override
    LeasedModel lease() {
        return new LeasedIndex(batcher.lease());
    }

    private final class LeasedIndex implements LeasedModel {
        private final Replaceable<CacheIndex>.Lease lease;

        LeasedIndex(Replaceable<CacheIndex>.Lease lease) {
            this.lease = lease;
        }

        @Override
        public CacheIndex index() {
            return lease.value();
        }

        @Override
        public Calibration calibration() {
            return index().calibration(Calibration.ALONE);
        }

        @Override
        public CompletableFuture<List<Row>> answer(InferenceRequest request, RequestOptions options) {
            Calibration calibration = calibration();
            Query query = Query.of(features(request).floats())
                    .thetas(calibration.rule().theta())
                    .evidence(calibration.rule().needsEvidence())
                    .neighbors(options.neighbors());
            Query limited = options.timeout().map(query::within).orElse(query);
            return Cancelling.then(
                    batcher.submit(limited, lease),
                    answer -> Row.of(Classification.of(index(), answer, calibration, null)));
        }

        @Override
        public PreparedRows prepared(InferenceRequest request) {
            return new PreparedRows(index(), features(request).floats(), List.of());
        }

        @Override
        public void close() {
            lease.close();
        }
    }
}
