package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Batcher;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** An index of two dimensions whose answers, or changes, a test decides. */
public class ModelOfTest extends ServedModel {
    /** @param files those that the model follows; null for none */
    ModelOfTest(String name, CacheIndex index, ModelSource<CacheIndex> files) {
        this(name, new Batcher(index, new BatchOptions()), files);
    }

    private ModelOfTest(String name, Batcher batcher, ModelSource<CacheIndex> files) {
        super(name, batcher, batcher::close, new ModelFiles<>(files), List.of());
    }

    /** Makes a model without keys. */
    protected ModelOfTest(String name) {
        this(name, new CacheIndexBuilder(2, 3).spareClasses(1).threads(1).build(), null);
    }

    @Override
    public List<Outputs.Description> inputs() {
        return List.of(new Outputs.Description("features", DataType.FP32, List.of(-1, 2)));
    }

    @Override
    public InferenceRequest raw(byte[] bytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void refresh() {}

    @Override
    int rows(InferenceRequest request) {
        return request.input("features").orElseThrow().batch();
    }

    @Override
    long preparedBytes(InferenceRequest request) {
        return 0;
    }

    @Override
    LeasedModel lease() {
        return new LeasedModel() {
            @Override
            public CacheIndex index() {
                return ModelOfTest.this.index();
            }

            @Override
            public Calibration calibration() {
                return Calibration.of(new Mixture(1, 1), Calibration.ALONE);
            }

            @Override
            public CompletableFuture<List<Row>> answer(InferenceRequest request, RequestOptions options) {
                throw new UnsupportedOperationException();
            }

            @Override
            public PreparedRows prepared(InferenceRequest request) {
                return ModelOfTest.this.prepared(request);
            }

            @Override
            public void close() {}
        };
    }

    PreparedRows prepared(InferenceRequest request) {
        return new PreparedRows(index(), features(request), List.of());
    }

    static FloatBuffer features(InferenceRequest request) {
        return request.input("features").orElseThrow().floats();
    }
}
