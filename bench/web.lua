-- wrk: people of a list of cookies ask for pages of a list. Arguments: file of cookies, file of paths, pause in ms.
local cookies, paths, pause = {}, {}, 0
bad = 0

local function lines(name, into)
  for line in io.lines(name) do into[#into + 1] = line end
end

function init(args)
  lines(args[1], cookies)
  lines(args[2], paths)
  pause = tonumber(args[3])
  math.randomseed(7)
end

function delay()
  return pause == 0 and 0 or math.random(pause / 2, pause * 3 / 2)
end

function request()
  local headers = { Cookie = cookies[math.random(#cookies)] }
  return wrk.format("GET", paths[math.random(#paths)], headers)
end

function response(status)
  if status ~= 200 then bad = bad + 1 end
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function done(summary, latency)
  local wrong = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("bad") end
  io.write(string.format(
    '\nRESULT {"requests": %d, "seconds": %f, "median": %f, "p95": %f, "most": %f, "bad": %d, "bytes": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency.max / 1e3, wrong, summary.bytes))
end
