-- Argo CD: whether a PriorityPolicy, a RequestQueue or the PriorityLadder is in force.
local hs = { status = "Progressing", message = "Waiting for Expedite's controller" }
if obj.status == nil or obj.status.conditions == nil then
  return hs
end
local found = {}
for _, condition in ipairs(obj.status.conditions) do
  if condition.observedGeneration ~= obj.metadata.generation then
    return hs
  end
  found[condition.type] = condition
end
local accepted = found["Accepted"]
local programmed = found["Programmed"]
if accepted ~= nil and accepted.status == "False" then
  hs.status = "Degraded"
  hs.message = accepted.reason .. ": " .. accepted.message
  return hs
end
if programmed == nil then
  return hs
end
hs.message = programmed.reason .. ": " .. programmed.message
-- Without a proxy, a policy has no effect yet: its application may come later in the same sync.
if programmed.status == "True" or programmed.reason == "NoProxies" then
  hs.status = "Healthy"
elseif programmed.status == "Unknown" or programmed.reason == "Pending" then
  hs.status = "Progressing"
elseif programmed.reason == "Disabled" then
  hs.status = "Suspended"
else
  hs.status = "Degraded"
end
return hs
