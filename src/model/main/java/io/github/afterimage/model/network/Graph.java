package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** The tensors of a graph that depend on its image, each with the node that makes it, in the graph's order. */
final class Graph {
    private static final int SUGGESTIONS = 3;
    // These operators do not compute: they pass the values of their first input on.
    private static final Set<String> PASS_THROUGH =
            Set.of("Identity", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Dropout", "Cast");

    private final String place;
    private final Map<String, NodeProto> makers = new LinkedHashMap<>();

    Graph(String place, GraphProto graph, String input) {
        this.place = place;
        Set<String> dependent = new HashSet<>(Set.of(input));
        for (NodeProto node : graph.getNodeList()) { // in topological order, as ONNX demands
            if (node.getInputList().stream().anyMatch(dependent::contains)) {
                for (String output : node.getOutputList()) {
                    if (!output.isEmpty()) {
                        dependent.add(output);
                        makers.put(output, node);
                    }
                }
            }
        }
    }

    /** {@return the tensors that depend on the image} */
    List<String> tensors() {
        return List.copyOf(makers.keySet());
    }

    boolean has(String tensor) {
        return makers.containsKey(tensor);
    }

    /** {@return the node that makes a tensor, which must exist} */
    private NodeProto maker(String tensor) {
        return Objects.requireNonNull(makers.get(tensor), tensor);
    }

    /** {@return the operator that makes a tensor} */
    String operator(String tensor) {
        return maker(tensor).getOpType();
    }

    /** {@return the operator that computes a tensor's values; operators that only pass values on do not count} */
    String computingOperator(String tensor) {
        return computingNode(tensor).getOpType();
    }

    /** {@return the first input of the operator that computes a tensor's values} */
    String computedFrom(String tensor) {
        return computingNode(tensor).getInput(0);
    }

    private NodeProto computingNode(String tensor) {
        NodeProto node = maker(tensor);
        // A damaged graph can contain a cycle.
        Set<NodeProto> passed = Collections.newSetFromMap(new IdentityHashMap<>());
        while (PASS_THROUGH.contains(node.getOpType())
                && passed.add(node)
                && node.getInputCount() > 0
                && makers.containsKey(node.getInput(0))) {
            node = maker(node.getInput(0));
        }
        return node;
    }

    /**
     * Requires that a tensor exists.
     *
     * @param role the role of the tensor, such as {@code layer}
     * @throws IllegalArgumentException if it does not exist; the message names the nearest tensors
     */
    void require(String role, String tensor) {
        if (!has(tensor)) {
            String nearest = makers.keySet().stream()
                    .sorted(Comparator.comparingInt(name -> distance(tensor, name)))
                    .limit(SUGGESTIONS)
                    .collect(Collectors.joining(", "));
            throw new IllegalArgumentException(role + " \"" + tensor + "\" is not in " + place + ": the nearest of its "
                    + makers.size() + " tensors are " + nearest);
        }
    }

    /** {@return the edit distance: insertions, deletions and replacements of one character} */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
