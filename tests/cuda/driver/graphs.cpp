#include "driver.h"

using namespace axnorm::fake_cuda;  // NOLINT: the functions below are its face

// The nodes of a graph run in the order in which they were captured.
CUresult cuGraphInstantiateWithFlags(CUgraphExec *exec, CUgraph graph, unsigned long long) {
    return call_in_context("cuGraphInstantiateWithFlags", [=](Driver &d, Context &) {
        Graph *const found = d.graphs.find(graph);
        if (exec == nullptr || found == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        Graph *const made = d.execs.make();
        made->nodes = found->nodes;
        *exec = reinterpret_cast<CUgraphExec>(made);
        return CUDA_SUCCESS;
    });
}

// In a stream that captures it becomes part of the other graph.
CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream) {
    return call_in_context("cuGraphLaunch", [=](Driver &d, Context &) {
        Graph *const found = d.execs.find(exec);
        if (found == nullptr) {
            return CUDA_ERROR_INVALID_VALUE;
        }
        return submit(d, stream, [nodes = found->nodes] {
            for (const auto &node : nodes) {
                if (const CUresult result = node(); result != CUDA_SUCCESS) {
                    return result;
                }
            }
            return CUDA_SUCCESS;
        });
    });
}

namespace {
template <class Handle>
CUresult destroy(Handles<Graph> &graphs, Handle handle) {
    Graph *const found = graphs.find(handle);
    if (found == nullptr) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    found->alive = false;
    found->nodes.clear();
    return CUDA_SUCCESS;
}
}  // namespace

CUresult cuGraphDestroy(CUgraph graph) {
    return call("cuGraphDestroy", [=](Driver &d) { return destroy(d.graphs, graph); });
}

CUresult cuGraphExecDestroy(CUgraphExec exec) {
    return call("cuGraphExecDestroy", [=](Driver &d) { return destroy(d.execs, exec); });
}
