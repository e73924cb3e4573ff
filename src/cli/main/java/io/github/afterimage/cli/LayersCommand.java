package io.github.afterimage.cli;

import io.github.afterimage.cli.options.NetworkDeviceOption;
import io.github.afterimage.cli.options.PreprocessingOptions;
import io.github.afterimage.cli.options.ProcessorOptions;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.model.network.Layer;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "layers",
        header = "List what of a network could be a key.",
        description = {
            "",
            "Lists every tensor of the network that build --layers takes, in the order of the graph, with its "
                    + "shape and its size for one image. A key may join several. Late layers tend to serve best."
        },
        footer = {"  afterimage layers resnet20.onnx"})
final class LayersCommand extends Command {
    @Parameters(paramLabel = "MODEL", description = "The network, an ONNX file.")
    private Path model;

    @Mixin
    private PreprocessingOptions preprocessing;

    @Mixin
    private ProcessorOptions processor;

    @Mixin
    private NetworkDeviceOption networkDevice;

    @Override
    void execute(Report report) throws IOException {
        processor.apply();
        networkDevice.apply();
        List<Layer> layers = Network.layers(model, preprocessing.settings(processor.threads()));
        List<Map<String, Object>> fields = new ArrayList<>();
        Table table = new Table("llrrr").row("layer", "operator", "shape", "values", "f32 key");
        for (Layer layer : layers) {
            String shape = layer.shape().stream().map(String::valueOf).collect(Collectors.joining(" x "));
            table.row(layer.name(), layer.operator(), shape, Format.count(layer.values()), Format.bytes(layer.bytes()));
            fields.add(Report.object(
                    "name", layer.name(),
                    "operator", layer.operator(),
                    "shape", layer.shape(),
                    "values", layer.values(),
                    "bytes", layer.bytes()));
        }
        report.field("model", model.toString()).field("layers", fields).table(table);
    }
}
