package io.github.afterimage.serve.models;

import io.github.afterimage.model.data.Image;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.JsonObject;
import io.github.afterimage.serve.protocol.RequestException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Describes a server and its models as JSON objects, which gRPC reads into its messages: the metadata of the protocol, and what
 * Triton's extensions tell of models, their statistics and their repository.
 *
 * <p>Threads: thread-safe.
 */
public final class Descriptions {
    private static final String NAME = "name";
    private static final String PLATFORM = "afterimage";
    /** Clients that want one input want a greatest batch too; larger ones are answered as well. */
    private static final int BATCH = 128;
    /** Dimensions of a batch of pictures: rows, height, width and channels. */
    private static final int PICTURES = 4;

    private final String version;
    private final Models models;
    private final Map<ServedModel, Activity> activities = new ConcurrentHashMap<>();

    /**
     * Observes the models from now on.
     *
     * @param version of the server
     */
    public Descriptions(String version, Models models) {
        this.version = version;
        this.models = models;
        models.observe(model -> activities.put(model, new Activity(model.monitored())));
    }

    /** Describes the server. */
    public Map<String, Object> server() {
        return new JsonObject()
                .with(NAME, PLATFORM)
                .with("version", version)
                .with(
                        "extensions",
                        List.of(
                                "binary_tensor_data",
                                "classification",
                                "model_configuration",
                                "statistics",
                                "model_repository"));
    }

    /** The described part of a model: all of it, or one input and the output of requests without names. */
    private record Part(List<Outputs.Description> inputs, List<Outputs.Description> outputs, int batch) {}

    private Part part(String name) {
        ServedModel model = models.named(name);
        int end = name.indexOf(Models.INPUT);
        return end < 0
                ? new Part(model.inputs(), model.outputs(), 0)
                : new Part(
                        model.inputs().stream()
                                .filter(input -> input.name().equals(name.substring(end + 1)))
                                .toList(),
                        model.outputs().subList(0, 1),
                        BATCH);
    }

    /** Describes the inputs and outputs of a model. */
    public Map<String, Object> model(String name) {
        Part model = part(name);
        return new JsonObject()
                .with(NAME, name)
                .with("versions", List.of(Models.VERSION))
                .with("platform", PLATFORM)
                .with("inputs", tensors(model.inputs))
                .with("outputs", tensors(model.outputs));
    }

    private static List<JsonObject> tensors(List<Outputs.Description> tensors) {
        return tensors.stream()
                .map(each -> new JsonObject()
                        .with(NAME, each.name())
                        .with("datatype", each.type().name())
                        .with("shape", each.shape()))
                .toList();
    }

    /** Describes a model as Triton's configurations do. Requests for all of it have any number of rows: there is no greatest, and shapes count rows. */
    public Map<String, Object> configuration(String name) {
        Part model = part(name);
        boolean alternatives = model.inputs.size() > 1;
        return new JsonObject()
                .with(NAME, name)
                .with("platform", PLATFORM)
                .with("backend", PLATFORM)
                .with("max_batch_size", model.batch)
                .with(
                        "input",
                        model.inputs.stream()
                                .map(input -> typed(input, model)
                                        .with("format", format(input.shape()))
                                        .with("optional", alternatives))
                                .toList())
                .with(
                        "output",
                        model.outputs.stream()
                                .map(output -> typed(output, model))
                                .toList());
    }

    private static String format(List<Integer> shape) {
        return shape.size() != PICTURES
                ? "FORMAT_NONE"
                : shape.get(PICTURES - 1) == Image.CHANNELS ? "FORMAT_NHWC" : "FORMAT_NCHW";
    }

    private static JsonObject typed(Outputs.Description tensor, Part model) {
        int size = tensor.shape().size();
        return new JsonObject()
                .with(NAME, tensor.name())
                .with("data_type", "TYPE_" + (tensor.type() == DataType.BYTES ? "STRING" : tensor.type()))
                .with("dims", tensor.shape().subList(model.batch > 0 && size > 1 ? 1 : 0, size));
    }

    /** Tells what models have done since they were added. */
    public Map<String, Object> statistics(List<ServedModel> told) {
        return Map.of(
                "model_stats",
                told.stream().map(model -> of(model).total(model.name())).toList());
    }

    /** Tells the rate and the times of a model's requests in the last ten seconds. */
    public Map<String, Object> recent(ServedModel model) {
        return of(model).recent().with("refused_by_doubt", model.refusedByDoubt());
    }

    private Activity of(ServedModel model) {
        return Objects.requireNonNull(activities.get(model));
    }

    /**
     * Lists the models with their states.
     *
     * @param onlyReady whether to leave out those that do not answer
     */
    public List<JsonObject> repository(boolean onlyReady) {
        return models.all().stream()
                .filter(model -> !onlyReady || model.unready().isEmpty())
                .map(model -> new JsonObject()
                        .with(NAME, model.name())
                        .with("version", Models.VERSION)
                        .with("state", model.unready().isEmpty() ? "READY" : "UNAVAILABLE")
                        .with("reason", model.unready().or(model::staleness).orElse("")))
                .toList();
    }

    /** Refuses to load or to unload a model; one that is not there is not found. */
    public RequestException fixedRepository(String name) {
        ServedModel model = models.named(name);
        return new RequestException(
                RequestException.FORBIDDEN,
                "model " + model.name()
                        + " is neither loaded nor unloaded by a call: the server follows the files that it"
                        + " was started with, so replace or add a file");
    }
}
