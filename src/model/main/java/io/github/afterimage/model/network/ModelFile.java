package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.github.afterimage.model.network.gradient.Attributes;
import io.github.afterimage.platform.ContentDigest;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The bytes of an ONNX file in native memory, and its graph. */
final class ModelFile {
    // The limit of a protobuf message, less 1 MiB for the names of added outputs.
    private static final long MAX_BYTES = Integer.MAX_VALUE - (1 << 20);
    /** The first operator set whose average pools ONNX Runtime computes correctly. */
    private static final long OPSET_OF_CORRECT_POOLS = 19;

    /** The last operator set that ONNX Runtime 1.28 knows. */
    private static final long LAST_OPSET = 26;

    final Path path;
    private final ByteBuffer bytes;
    final GraphProto graph;
    private final GraphProto tokenKeys; // that part of the graph which the file lacks

    // Those in the bodies of loops, branches and functions too.
    final List<NodeProto> nodes = new ArrayList<>();
    private final List<TensorProto> tensors = new ArrayList<>();

    final long opset; // the version of the default operator set
    final Map<String, String> metadata;
    private final Set<String> externalFiles;
    final String sha256; // of the file followed by its external data files in order of name

    private ModelFile(Path path, ByteBuffer bytes, ModelProto model, Collection<String> layers) throws IOException {
        this.path = path;
        this.bytes = bytes;
        this.opset = model.getOpsetImportList().stream()
                .filter(imported ->
                        imported.getDomain().isEmpty() || imported.getDomain().equals("ai.onnx"))
                .mapToLong(OperatorSetIdProto::getVersion)
                .max()
                .orElse(1);
        this.tokenKeys = TokenKeys.nodes(model.getGraph(), opset, layers);
        this.graph = model.getGraph().toBuilder().mergeFrom(tokenKeys).build();
        this.metadata = model.getMetadataPropsList().stream()
                .collect(Collectors.toMap(
                        StringStringEntryProto::getKey, StringStringEntryProto::getValue, (first, second) -> second));
        if (opset > LAST_OPSET) {
            throw new ModelException(path + " needs operator set " + opset + ": ONNX Runtime has those up to "
                    + LAST_OPSET + "; export the model with one of these");
        }
        add(model.getGraph());
        for (FunctionProto function : model.getFunctionsList()) {
            function.getNodeList().forEach(this::add);
            function.getAttributeProtoList().forEach(this::add);
        }
        this.externalFiles = externalFiles(path, tensors);
        this.sha256 = digest();
    }

    private void add(GraphProto graph) {
        tensors.addAll(graph.getInitializerList());
        graph.getSparseInitializerList().forEach(this::add);
        graph.getNodeList().forEach(this::add);
    }

    private void add(NodeProto node) {
        nodes.add(node);
        node.getAttributeList().forEach(this::add);
    }

    private void add(AttributeProto attribute) {
        tensors.addAll(attribute.getTensorsList());
        attribute.getSparseTensorsList().forEach(this::add);
        attribute.getGraphsList().forEach(this::add);
        if (attribute.hasT()) {
            tensors.add(attribute.getT());
        }
        if (attribute.hasSparseTensor()) {
            add(attribute.getSparseTensor());
        }
        if (attribute.hasG()) {
            add(attribute.getG());
        }
    }

    private void add(SparseTensorProto sparse) {
        tensors.add(sparse.getValues());
        tensors.add(sparse.getIndices());
    }

    static ModelFile read(Path path) throws IOException {
        return read(path, List.of());
    }

    /** @param layers of a key; {@link TokenKeys} among them become tensors of the graph */
    static ModelFile read(Path path, Collection<String> layers) throws IOException {
        if (Files.isDirectory(path)) {
            throw new FileSystemException(path.toString(), null, "is a directory: expected an ONNX file");
        }
        if (!Files.isRegularFile(path)) {
            throw new NoSuchFileException(path.toString(), null, "no such model file; expected an ONNX file");
        }
        ByteBuffer bytes;
        try (FileChannel channel = FileChannel.open(path)) {
            long size = channel.size();
            if (size > MAX_BYTES) {
                throw new ModelException(path + " has " + size + " bytes: at most " + MAX_BYTES
                        + " can be one ONNX file; save the weights as external data");
            }
            bytes = ByteBuffer.allocateDirect((int) size);
            while (bytes.hasRemaining()) {
                if (channel.read(bytes) < 0) {
                    throw new EOFException(path + " became shorter while it was read");
                }
            }
        }
        bytes.flip();
        ModelProto model;
        try {
            // With aliasing, the weights are not copied.
            CodedInputStream input =
                    UnsafeByteOperations.unsafeWrap(bytes.asReadOnlyBuffer()).newCodedInput();
            input.enableAliasing(true);
            model = ModelProto.parseFrom(input);
            input.checkLastTagWas(0); // an end-of-group tag would hide appended outputs
        } catch (InvalidProtocolBufferException e) {
            throw new ModelException(path + " is not an ONNX file, or is damaged", e);
        }
        if (model.getIrVersion() < 1 || model.getGraph().getNodeCount() == 0) {
            throw new ModelException(path + " is not an ONNX file: it describes no graph");
        }
        return new ModelFile(path, bytes, model, layers);
    }

    /** {@return whether a layer is not in the file, but computed from tokens that are} */
    boolean isTokenKey(String layer) {
        return tokenKeys.getNodeList().stream()
                .anyMatch(node -> node.getOutputList().contains(layer));
    }

    /** {@return whether other files of the same folder hold weights} */
    boolean hasExternalData() {
        return !externalFiles.isEmpty();
    }

    /**
     * Tells whether the model has average pools whose number of windows is rounded up ({@code ceil_mode}). Before operator set 19, ONNX
     * Runtime 1.28 divides by too many values if a window extends beyond the padding and the padding counts; it must not fuse them with a
     * padding that precedes them.
     *
     * @throws ModelException if ONNX Runtime would compute one of them wrongly
     */
    boolean hasRoundedPools() throws ModelException {
        if (opset >= OPSET_OF_CORRECT_POOLS) {
            return false;
        }
        List<NodeProto> pools = nodes.stream()
                .filter(node -> node.getOpType().equals("AveragePool") && Attributes.integer(node, "ceil_mode", 0) != 0)
                .toList();
        for (NodeProto pool : pools) {
            if (Attributes.integer(pool, "count_include_pad", 0) != 0) {
                throw new ModelException(path + ": ONNX Runtime computes the AveragePool at \""
                        + pool.getOutput(0) + "\" wrongly (ceil_mode and count_include_pad in operator set "
                        + opset + "): export the model with operator set " + OPSET_OF_CORRECT_POOLS + " or later");
            }
        }
        return !pools.isEmpty();
    }

    /** {@return a graph that declares these tensors as outputs, except those that are outputs already} */
    GraphProto outputs(Collection<String> names) {
        Set<String> present = new TreeSet<>(
                graph.getOutputList().stream().map(ValueInfoProto::getName).toList());
        GraphProto.Builder outputs = GraphProto.newBuilder();
        for (String name : names) {
            if (present.add(name)) {
                outputs.addOutput(ValueInfoProto.newBuilder().setName(name));
            }
        }
        return outputs.build();
    }

    /**
     * Extends the model's graph. The additions are appended, because protobuf reads two concatenated messages as one merged
     * message.
     *
     * @return the extended model, a direct buffer
     */
    ByteBuffer with(GraphProto additions) {
        GraphProto all = tokenKeys.toBuilder().mergeFrom(additions).build();
        byte[] extra = ModelProto.newBuilder().setGraph(all).build().toByteArray();
        return ByteBuffer.allocateDirect(Math.addExact(bytes.remaining(), extra.length))
                .put(bytes.duplicate())
                .put(extra)
                .flip();
    }

    private static Set<String> externalFiles(Path path, List<TensorProto> tensors) throws IOException {
        Path folder = path.toAbsolutePath().normalize().resolveSibling("");
        Set<String> files = new TreeSet<>();
        for (TensorProto tensor : tensors) {
            if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
                continue;
            }
            String location = tensor.getExternalDataList().stream()
                    .filter(entry -> entry.getKey().equals("location"))
                    .map(StringStringEntryProto::getValue)
                    .findFirst()
                    .orElse("");
            Path file = folder.resolve(location).normalize();
            if (location.isEmpty() || !file.startsWith(folder) || file.equals(folder)) {
                throw new ModelException("weight \"" + tensor.getName() + "\" of " + path + " lies in \"" + location
                        + "\": expected a file in the model's folder");
            }
            if (!Files.isRegularFile(file)) {
                throw new NoSuchFileException(
                        file.toString(),
                        null,
                        "weight \"" + tensor.getName() + "\" of " + path.getFileName() + " is stored in this file");
            }
            files.add(location);
        }
        return files;
    }

    private String digest() throws IOException {
        return ContentDigest.sha256(out -> {
            Channels.newChannel(out).write(bytes.duplicate());
            for (String file : externalFiles) {
                Files.copy(path.toAbsolutePath().resolveSibling(file), out);
            }
        });
    }
}
