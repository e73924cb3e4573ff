package io.github.afterimage.serve.models;

import io.github.afterimage.BatchOptions;
import io.github.afterimage.Batcher;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Query;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.InferenceResponse;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.Tensor;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Serves an index over features that clients compute: the cache answers alone. */
public final class ServedIndex implements ServedModel {
    private static final String FEATURES = "features";

    private final String name;
    private final double theta;
    private final Batcher batcher;
    private final Outputs outputs;

    /**
     * Takes over an index.
     *
     * @param theta θ of requests without a parameter {@code theta}
     */
    public ServedIndex(String name, CacheIndex index, double theta, BatchOptions options) {
        this.name = name;
        this.theta = theta;
        outputs = new Outputs(
                index.classNames(), List.of(Outputs.MEMORY, Outputs.LOG_MASS, Outputs.CLASSES, Outputs.NEIGHBORS));
        batcher = new Batcher(index, options);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Description> inputs() {
        return List.of(new Description(
                FEATURES, DataType.FP32, List.of(-1, batcher.index().dim())));
    }

    @Override
    public List<Description> outputs() {
        return outputs.descriptions();
    }

    @Override
    public CompletableFuture<InferenceResponse> infer(InferenceRequest request) {
        outputs.require(request);
        RequestOptions options = RequestOptions.of(request);
        Tensor features = request.input(FEATURES)
                .orElseThrow(
                        () -> RequestException.bad("the request has no input features: this model takes features"));
        features.requireRows(batcher.index().dim());
        Query query = Query.of(features.floats())
                .thetas(options.theta().orElse(theta))
                .neighbors(options.neighbors());
        Query limited = options.timeout().map(query::within).orElse(query);
        return batcher.submit(limited).thenApply(answer -> {
            List<Row> rows = Row.of(answer, options.neighbors() > 0);
            List<Tensor> tensors = outputs.tensors(request, rows, List.of(Outputs.MEMORY), options.best());
            return new InferenceResponse(name, request.id(), tensors);
        });
    }

    @Override
    public long answered() {
        return batcher.health().requests().answered();
    }

    @Override
    public void close() {
        batcher.close();
    }
}
